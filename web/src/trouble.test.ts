import { afterEach, expect, test, vi } from "vitest";
import { answer, client } from "./api/client";
import { ApiError, statusOf } from "./api/problem";
import { messages } from "./messages/common";
import { troubleOf } from "./trouble";

afterEach(() => vi.unstubAllGlobals());

async function refusal(response: () => Promise<Response>): Promise<unknown> {
  vi.stubGlobal("fetch", response);
  return answer(client.GET("/api/session")).then(
    () => undefined,
    (error: unknown) => error,
  );
}

const problem = { type: "urn:gatehouse:problem:invalid", title: "Not valid", status: 422, detail: "name: it is taken", instance: "urn:uuid:4711", errors: [{ location: "body.name", message: "is taken" }] };

test("a refusal is told in its own words, with its id", async () => {
  const error = await refusal(() => Promise.resolve(Response.json(problem, { status: 422 })));
  expect(statusOf(error)).toBe(422);
  expect(troubleOf(error)).toEqual({ title: "Not valid", text: "Name: it is taken.", details: ["body.name: is taken"], reference: "4711", signIn: false });
});

test("whose session has ended is led to sign in", async () => {
  const error = await refusal(() => Promise.resolve(Response.json({ ...problem, status: 401, errors: undefined }, { status: 401 })));
  expect(troubleOf(error)).toMatchObject({ title: messages.failure.signedOut, signIn: true });
});

test("what is no answer of ours shows nothing of it but an id", async () => {
  const error = await refusal(() => Promise.resolve(new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "X-Request-Id": "4712" } })));
  const trouble = troubleOf(error);
  expect(trouble.reference).toBe("4712");
  expect(JSON.stringify(trouble)).not.toContain("Bad gateway");
});

test("without a network it says so", async () => {
  const error = await refusal(() => Promise.reject(new TypeError("Failed to fetch")));
  expect(error).toBeInstanceOf(ApiError);
  expect(troubleOf(error).title).toBe(messages.failure.offlineTitle);
});

test("a mistake of the console is called one", () => {
  expect(troubleOf(new Error("undefined is not a function"))).toEqual({ title: messages.failure.crashedTitle, text: messages.failure.crashed });
});
