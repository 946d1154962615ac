import { afterEach, expect, test, vi } from "vitest";
import { run } from "../test/hook";
import { refused, serve } from "../test/serve";
import { isOver, oneLine, type Reply, useAnswerRequest } from "./requests";

afterEach(() => {
  vi.unstubAllGlobals();
});

const at = "/api/organizations/contoso/access-requests/r1";
const done = new Response(null, { status: 204 });

/** Answers a request, and returns what came of it and what was asked for. */
async function replying(reply: Reply, answer = done) {
  const log = serve({ [`POST ${at}/approve`]: answer, [`POST ${at}/dismiss`]: answer });
  const failure = await run(() => useAnswerRequest("contoso"))
    .current.mutateAsync(reply)
    .then(() => undefined, (error: unknown) => error as Error);
  return { failure, asked: log.map(({ what, body }) => ({ what, body })) };
}

test("a role is assigned and the request answered by one question", async () => {
  expect((await replying({ kind: "approve", id: "r1", role: "t1", answer: "go on" })).asked).toEqual([{ what: `POST ${at}/approve`, body: { role: "t1", answer: "go on" } }]);
  expect((await replying({ kind: "approve", id: "r1", role: undefined, answer: "" })).asked).toEqual([{ what: `POST ${at}/approve`, body: {} }]);
  expect((await replying({ kind: "dismiss", id: "r1", reason: "no" })).asked).toEqual([{ what: `POST ${at}/dismiss`, body: { reason: "no" } }]);
});

test("a request that somebody else has answered is told from another refusal", async () => {
  const outcome = async (status: number) => {
    const { failure } = await replying({ kind: "approve", id: "r1", role: "t1", answer: "" }, refused(status, "no"));
    return failure && isOver(failure);
  };
  expect([await outcome(409), await outcome(404), await outcome(503)]).toEqual([true, true, false]);
});

test("an answer is one line", () => {
  expect(oneLine(" go\non  then ")).toBe("go on then");
});
