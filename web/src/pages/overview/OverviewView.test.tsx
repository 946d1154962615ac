import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { Series } from "../../api/log";
import { overview as said } from "../../messages/overview";
import { alert, organization, seenApp } from "../../test/factories";
import { show } from "../../test/show";
import { matters } from "./Attention";
import { OverviewView } from "./OverviewView";
const series = (counts: number[], partial = false): Series => ({
  stretches: counts.map((count, i) => ({ from: new Date(Date.UTC(2026, 10, i + 1)).toISOString(), count })),
  total: counts.reduce((a, b) => a + b, 0),
  partial,
});
const usual = { organization, use: undefined, people: { count: 3, more: false }, apps: { items: [seenApp()], more: false }, alerts: [], step: null, trouble: undefined, again: () => undefined };

test("who may not read the log sees nothing of it", () => {
  show(<OverviewView {...usual} />);
  for (const text of [said.calls, said.refusals, said.chart]) expect(screen.queryByText(text)).toBeNull();
  expect(screen.getByText(said.people)).toBeVisible();
  expect(screen.getByText(said.calm)).toBeVisible();
});

test("figures and chart say the same, and the chart has a table", async () => {
  const onSpan = vi.fn();
  show(<OverviewView {...usual} use={{ span: "week", onSpan, calls: series([1200, 0, 34]), refusals: series([1, 2, 0]) }} />);
  expect(screen.getByText("1,234")).toBeVisible();
  expect(screen.getByRole("img", { name: said.chartLabel("1,234", "3", said.last.week) })).toBeVisible();
  const rows = within(screen.getByRole("table")).getAllByRole("row").map((row) => row.textContent);
  expect(rows).toEqual([`${said.when}${said.calls}${said.refusals}`, "Nov 112001", "Nov 202", "Nov 3340"]);
  await userEvent.click(screen.getByRole("tab", { name: said.spans.day }));
  expect(onSpan).toHaveBeenCalledWith("day");
});

test("what was not counted to the end says so", () => {
  show(<OverviewView {...usual} use={{ span: "week", onSpan: () => undefined, calls: series([7], true), refusals: series([0]) }} people={{ count: 200, more: true }} />);
  expect(screen.getByText(said.atLeast(7))).toBeVisible();
  expect(screen.getByText(said.atLeast(200))).toBeVisible();
  expect(screen.getByText(said.partial)).toBeVisible();
});

test("a quiet log teaches how to make a call", () => {
  show(<OverviewView {...usual} use={{ span: "day", onSpan: () => undefined, calls: series([0]), refusals: series([0]) }} />);
  expect(screen.getByText(said.quiet)).toBeVisible();
  expect(screen.queryByRole("img")).toBeNull();
});

test("the most urgent comes first, and set-up and apps that wait are among it", () => {
  const step = { id: "consent", state: "blocked", title: "Consent", explanation: "An administrator has to consent." } as const;
  const all = matters([alert({ severity: "info", title: "i" }), alert({ severity: "critical", title: "c" })], step, 2, "contoso");
  expect(all.map((matter) => matter.title)).toEqual(["c", said.setup("Consent"), "i", said.waiting(2)]);
  expect(matters([], null, 0, "contoso")).toEqual([]);
});
