import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { beginning, countsQuery } from "./log";

const now = Date.parse("2026-11-22T19:20:00Z");
const asked: URL[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now, toFake: ["Date"] });
  asked.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function answers(...pages: object[]) {
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(new URL(request.url));
    const page = pages[Math.min(asked.length, pages.length) - 1];
    return Promise.resolve(Response.json({ sealed: 9, ...page }));
  });
}

const ask = (what: "calls" | "refusals") => new QueryClient().query(countsQuery("contoso", what, "week"));

test("stretches begin by UTC and the last is the present one", () => {
  expect(new Date(beginning("week", now)).toISOString()).toBe("2026-11-16T00:00:00.000Z");
  expect(new Date(beginning("day", now)).toISOString()).toBe("2026-11-21T20:00:00.000Z");
});

test("pages are added up, and stretches without a record are there", async () => {
  answers({ items: [{ from: "2026-11-22T00:00:00Z", count: 3 }, { from: "2026-11-17T00:00:00Z", count: 1 }], nextCursor: "on" }, { items: [{ from: "2026-11-17T00:00:00Z", count: 4 }] });
  const series = await ask("calls");
  expect(series.stretches.map((s) => s.count)).toEqual([0, 5, 0, 0, 0, 0, 3]);
  expect([series.total, series.partial]).toEqual([8, false]);
  expect(asked.map((url) => url.searchParams.get("cursor"))).toEqual([null, "on"]);
});

test("calls are those with an outcome that is no refusal, so that each counts once", async () => {
  answers({ items: [] });
  await ask("calls");
  await ask("refusals");
  expect(asked.map((url) => [url.pathname, url.searchParams.getAll("kind"), url.searchParams.getAll("outcome")])).toEqual([
    ["/api/organizations/contoso/log/counts", ["tool_call"], ["ok", "tool_error", "fault", "unknown"]],
    ["/api/organizations/contoso/log/counts", [], ["refused"]],
  ]);
});

test("a log that is too long to be counted is counted in part", async () => {
  answers({ items: [{ from: "2026-11-22T00:00:00Z", count: 1 }], nextCursor: "on" });
  const series = await ask("calls");
  expect([series.total, series.partial, asked.length]).toEqual([10, true, 10]);
});
