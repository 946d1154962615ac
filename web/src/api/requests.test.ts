import { afterEach, expect, test, vi } from "vitest";
import { run } from "../test/hook";
import { refused, said, serve } from "../test/serve";
import { NoLongerWaits, NotAnswered, type Reply, useAnswerRequest } from "./requests";

afterEach(() => {
  vi.unstubAllGlobals();
});

const at = "/api/organizations/contoso";
const waiting = `GET ${at}/access-requests`;
const assigning = `POST ${at}/assignments`;
const approving = `POST ${at}/access-requests/r1/approve`;
const done = new Response(null, { status: 204 });
const bob: Reply = { kind: "approve", id: "r1", person: { oid: "p1", name: "Bob", guest: false }, role: "t1", text: "" };
const his = { id: "a1", role: "t1", subject: { kind: "person", value: "p1" } };

/** Answers Bob's request, and returns what came of it and what was asked for. */
async function replying(answers: Parameters<typeof serve>[0], times = 1) {
  const log = serve(answers);
  const hook = run(() => useAnswerRequest("contoso"));
  const failures: unknown[] = [];
  for (let n = 0; n < times; n++) await hook.current.mutateAsync(bob).catch((error: unknown) => failures.push(error));
  return { failures, log, asked: log.map((one) => one.what) };
}

test("nothing is assigned for a request that waits no more", async () => {
  const { failures, asked } = await replying({ [waiting]: said({ items: [{ id: "r2" }] }), [assigning]: said(his), [approving]: done });
  expect(failures).toEqual([new NoLongerWaits(false)]);
  expect(asked).toEqual([waiting]);
});

test("a request on a later page waits as well", async () => {
  const pages = ({ query }: { query: URLSearchParams }) => said(query.has("cursor") ? { items: [{ id: "r1" }] } : { items: [], nextCursor: "n" });
  const { failures, asked } = await replying({ [waiting]: pages, [assigning]: said(his), [approving]: done });
  expect(failures).toEqual([]);
  expect(asked).toEqual([waiting, waiting, assigning, approving]);
});

test("an answer that fails after the assignment says so, and is given by trying again", async () => {
  let tries = 0;
  const { failures, log } = await replying({ [waiting]: said({ items: [{ id: "r1" }] }), [assigning]: said(his), [approving]: () => (++tries === 1 ? refused(503, "try again") : done) }, 2);
  expect(failures).toHaveLength(1);
  expect(failures[0]).toBeInstanceOf(NotAnswered);
  const keys = log.filter((one) => one.what === assigning).map((one) => one.key);
  expect(keys).toEqual(["access-request r1 t1", "access-request r1 t1"]);
  expect(tries).toBe(2);
});

test("a role that they have already is as good as assigned, another conflict is not", async () => {
  const answers = { [waiting]: said({ items: [{ id: "r1" }] }), [assigning]: refused(409, "has this role already"), [approving]: done };
  const had = await replying({ ...answers, [`GET ${at}/assignments`]: said({ items: [his] }) });
  expect(had.failures).toEqual([]);
  expect(had.asked.at(-1)).toBe(approving);
  for (const other of [{ ...his, role: "t2" }, { ...his, subject: { kind: "person", value: "p2" } }, { ...his, endsAt: "2020-01-01T00:00:00Z" }]) {
    const { failures, asked } = await replying({ ...answers, [`GET ${at}/assignments`]: said({ items: [other] }) });
    expect(failures).toHaveLength(1);
    expect(asked).not.toContain(approving);
  }
});

test("a request that ends between the two steps is told with what was assigned", async () => {
  const { failures } = await replying({ [waiting]: said({ items: [{ id: "r1" }] }), [assigning]: said(his) });
  expect(failures.map((error) => error instanceof NoLongerWaits && error.assigned)).toEqual([true]);
});
