import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { Usage } from "../../api/usage";
import { overview as said } from "../../messages/overview";
import { alert, organization } from "../../test/factories";
import { show } from "../../test/show";
import { paths } from "../../ui/Lines";
import { matters } from "./Attention";
import { OverviewView } from "./OverviewView";
import { milliseconds, readSpan } from "./span";

const nothing = { calls: 0, failures: 0, refusals: 0, people: 0, apps: 0 };
const usage = (stretches: Partial<Usage["total"]>[], total: Partial<Usage["total"]> = {}, tools: Usage["tools"] = []): Usage => ({
  from: "2026-11-01T00:00:00Z",
  to: "2026-11-04T00:00:00Z",
  total: { ...nothing, ...total },
  stretches: stretches.map((stretch, i) => ({ ...nothing, ...stretch, from: new Date(Date.UTC(2026, 10, i + 1)).toISOString() })),
  tools,
});
const busy = usage(
  [{ calls: 1200, refusals: 1, p50: 80, p95: 410, people: 3, apps: 2 }, { refusals: 2 }, { calls: 34, p50: 7, p95: 1200, people: 1, apps: 1 }],
  { calls: 1234, failures: 12, refusals: 3, p50: 76, p95: 512, people: 3, apps: 2 },
  [{ tool: "notes_search", calls: 1000, failures: 0, refusals: 2, p50: 70, p95: 300 }, { tool: "whoami", calls: 234, failures: 12, refusals: 0 }],
);
const onSpan = vi.fn();
const go = vi.fn();
const usual = {
  organization, span: "week" as const, onSpan, usage: busy, toTool: (tool: string) => ({ address: `/o/contoso/tools/${tool}`, go: () => { go(tool); } }),
  waiting: 0, operators: 0, alerts: [], step: null, trouble: undefined, again: () => undefined,
};
const rows = (label: string) => within(screen.getByRole("table", { name: label })).getAllByRole("row").map((row) => [...row.children].map((cell) => cell.textContent));

test("the span is told in five numbers", () => {
  show(<OverviewView {...usual} />);
  const told = screen.getAllByRole("term").map((term) => [term.textContent, term.nextElementSibling?.textContent, term.nextElementSibling?.nextElementSibling?.textContent]);
  expect(told).toEqual([
    [said.calls, "1,234", said.failed(12)],
    [said.refusals, "3", said.last.week],
    [said.latency, "76 ms", said.slow("512 ms")],
    [said.people, "3", said.active],
    [said.apps, "2", said.active],
  ]);
});

test("each chart has a table that says the same", () => {
  show(<OverviewView {...usual} />);
  for (const [label, expected] of [
    [said.chartLabel("1,234", "3", said.last.week), [[said.when, said.calls, said.refusals], ["Nov 1", "1200", "1"], ["Nov 2", "0", "2"], ["Nov 3", "34", "0"]]],
    [said.latencyLabel(said.last.week), [[said.when, said.p95, said.p50], ["Nov 1", "410 ms", "80 ms"], ["Nov 2", "–", "–"], ["Nov 3", "1.2 s", "7 ms"]]],
    [said.activeLabel(said.last.week), [[said.when, said.people, said.apps], ["Nov 1", "3", "2"], ["Nov 2", "0", "0"], ["Nov 3", "1", "1"]]],
  ] as const) {
    expect(screen.getByRole("img", { name: label })).toBeVisible();
    expect(rows(label)).toEqual(expected);
  }
});

test("another span is asked for", async () => {
  show(<OverviewView {...usual} />);
  await userEvent.click(screen.getByRole("tab", { name: said.spans.day }));
  expect(onSpan).toHaveBeenCalledWith("day");
  expect([readSpan({ span: "day" }), readSpan({ span: "month" }), readSpan({ span: "year" })]).toEqual([{ span: "day" }, {}, {}]);
});

test("the most used tools lead to their pages", async () => {
  show(<OverviewView {...usual} />);
  expect(screen.getByRole("link", { name: "notes_search" })).toHaveAttribute("href", "/o/contoso/tools/notes_search");
  expect(screen.getByText(`${said.called(1000)} · ${said.refused(2)} · ${said.slow("300 ms")}`)).toBeVisible();
  expect(screen.getByText(said.called(234))).toBeVisible();
  await userEvent.click(screen.getByRole("link", { name: "whoami" }));
  expect(go).toHaveBeenCalledWith("whoami");
});

test("a quiet log teaches how to make a call", () => {
  show(<OverviewView {...usual} usage={usage([{}])} />);
  expect(screen.getByText(said.quiet)).toBeVisible();
  expect(screen.getByText(said.noTools(said.last.week))).toBeVisible();
  expect(screen.getByText(said.noLatency)).toBeVisible();
  expect(screen.queryByRole("img")).toBeNull();
});

test("what is on its way is waited for", () => {
  show(<OverviewView {...usual} usage={undefined} />);
  expect(screen.queryByText(said.quiet)).toBeNull();
  expect(screen.queryByText("0")).toBeNull();
});

test("a line has gaps where there is nothing, and dots where something stands alone", () => {
  expect(paths([4, 2, undefined, 4], 4)).toEqual({ line: "M0.5 0 L1.5 48", dots: "M3.5 0 L3.5 0" });
  expect(paths([2, undefined, 1, 0], 4)).toEqual({ line: "M2.5 72 L3.5 96", dots: "M0.5 48 L0.5 48" });
  expect(paths([undefined], 4)).toEqual({ line: "", dots: "" });
});

test("durations have as many digits as they are worth", () => {
  expect([0.064, 4.26, 7, 9.97, 101, 512.4, 999.7, 1234, 64_000].map(milliseconds)).toEqual(["0.1 ms", "4.3 ms", "7 ms", "10 ms", "101 ms", "512 ms", "1 s", "1.2 s", "64 s"]);
});

test("the most urgent comes first, and set-up and apps that wait are among it", () => {
  const step = { id: "consent", state: "blocked", title: "Consent", explanation: "An administrator has to consent." } as const;
  const all = matters([alert({ severity: "info", title: "i" }), alert({ severity: "critical", title: "c" })], step, { apps: 2, operators: 1 }, "contoso");
  expect(all.map((matter) => matter.title)).toEqual(["c", said.setup("Consent"), said.operators(1), "i", said.waiting(2)]);
  expect(matters([], null, { apps: 0, operators: 0 }, "contoso")).toEqual([]);
});
