import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { useClaim, useFirstCall, useFirstMapping } from "./setup";
import { useAddSource } from "./sources";
import { useCallTool } from "./tools";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Keeps the keys that were sent; every answer is this one, and none while it is undefined. */
function sending() {
  const sent: string[] = [];
  const state: { answer: object | undefined; sent: string[] } = { answer: undefined, sent };
  vi.stubGlobal("fetch", ({ headers, method }: Request) => {
    const key = headers.get("Idempotency-Key");
    if (key) sent.push(key);
    if (method === "GET") return Promise.resolve(Response.json({ items: [], enabled: true }));
    return state.answer ? Promise.resolve(Response.json(state.answer)) : Promise.reject(new TypeError("no answer"));
  });
  return state;
}

function hook<T>(use: () => T) {
  const queries = new QueryClient();
  return renderHook(use, { wrapper: ({ children }: { children: ReactNode }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider> });
}

const source = { name: "crm", title: "CRM", url: "https://crm.example" };
const cases = [
  { name: "a call of a tool", use: () => useCallTool("contoso", "pay"), one: { n: 1 }, other: { n: 2 } },
  { name: "a registration", use: useClaim, one: { name: "Contoso" }, other: { name: "Fabrikam" } },
  { name: "a first call", use: () => useFirstCall("contoso"), one: "pay", other: "list" },
  { name: "a source", use: () => useAddSource("contoso"), one: { source, credential: { kind: "none" } }, other: { source: { ...source, name: "hr" }, credential: { kind: "none" } } },
];

test.each(cases)("$name that is sent again has the same key until it is answered", async ({ use, one, other }) => {
  const state = sending();
  const { result } = hook(use as () => { mutateAsync: (sent: unknown) => Promise<unknown> });
  const press = (what: unknown) => act(() => result.current.mutateAsync(what).catch(() => undefined));
  await press(one);
  await press(one);
  await press(other);
  state.answer = {};
  await press(one);
  await press(one);
  const [first, again, changed, answered, meant] = state.sent;
  expect(state.sent).toHaveLength(5);
  expect([again, answered]).toEqual([first, first]);
  expect(new Set([first, changed, meant]).size).toBe(3);
});

test("each thing that a step makes has a key of its own", async () => {
  const state = sending();
  state.answer = { id: "r1" };
  const { result } = hook(() => useFirstMapping("contoso"));
  await act(() => result.current.mutateAsync({ group: { id: "g1", name: "Staff" }, role: "Staff", tools: [] }));
  expect(new Set(state.sent).size).toBe(2);
});
