import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { Settled } from "../../api/state";
import { messages } from "../../messages/common";
import { retention as said } from "../../messages/retention";
import { organization } from "../../test/factories";
import { visit } from "../../test/page";
import { said as answered, serve } from "../../test/serve";
import { show } from "../../test/show";
import { EvidencePage } from "./EvidencePage";
import { daysWaiting, effectOf, monthsWaiting, older, oldestBody, oldestMonth, wait } from "./retention";
import { RetentionCard } from "./RetentionCard";
import { RetentionDialog } from "./RetentionDialog";

afterEach(() => {
  vi.unstubAllGlobals();
});

const nothing = () => undefined;
const now = Date.UTC(2026, 10, 28, 12);
const settled = (log: Settled["log"]): Settled => ({ ...organization, origins: [], membership: { softSeconds: 300, hardSeconds: 3600 }, log });
const usual = { held: false, now, counted: (oldest: number) => `${oldest} counted`, busy: false, trouble: undefined, onCancel: nothing };

test("less takes effect a week later, a lesser shortening when the one before would have, and more at once", () => {
  const log = { retentionMonths: 6, bodyDays: 7, shortened: { effectiveMonths: 13, from: "2026-12-01T00:00:00Z" }, bodiesShortened: { effectiveDays: 30, from: "2026-11-01T00:00:00Z" } };
  const waiting = monthsWaiting(log, now);
  expect(waiting).toEqual({ longer: 13, shorter: 6, from: Date.UTC(2026, 11, 1) });
  expect(daysWaiting(log, now)).toBeUndefined();
  expect([20, 13, 8, 6, 3].map((months) => effectOf(months, 6, waiting, now))).toEqual([undefined, undefined, Date.UTC(2026, 11, 1), Date.UTC(2026, 11, 1), now + wait]);
  expect([6, 7, 5].map((months) => effectOf(months, 6, undefined, now))).toEqual([undefined, undefined, now + wait]);
});

test("what is old is reckoned by months of UTC when it takes effect", () => {
  expect(oldestMonth(2, now + wait)).toBe(Date.UTC(2026, 9, 1)); // in December
  expect(oldestMonth(13, now)).toBe(Date.UTC(2025, 9, 1));
  expect(oldestBody(7, 13, now)).toBe(now - 7 * 86_400_000);
  expect(oldestBody(400, 1, now)).toBe(Date.UTC(2026, 9, 1));
  expect(older(new Map([[Date.UTC(2026, 8, 1), 5], [Date.UTC(2026, 9, 1), 7]]), Date.UTC(2026, 9, 1))).toEqual({ gone: 5, all: 12 });
});

test("before the log gets shorter, it is said what will be gone from when, and the organization is named", async () => {
  const onSave = vi.fn();
  show(<RetentionDialog {...usual} held organization={settled({ retentionMonths: 13, bodyDays: 30 })} onSave={onSave} />);
  expect(screen.queryByText(said.goes)).toBeNull();
  const months = screen.getByLabelText(/^Months before/);
  await userEvent.clear(months);
  await userEvent.type(months, "2");
  expect(screen.getByText(said.goesFrom("December 5, 2026", "October 1, 2026"))).toBeVisible();
  expect(screen.getByText(`${Date.UTC(2026, 9, 1)} counted`)).toBeVisible();
  expect(screen.getByText(said.held)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: messages.save }));
  expect(screen.getByText(said.typedWrong("Contoso"))).toBeVisible();
  await userEvent.type(screen.getByLabelText(/^To confirm/), "contoso");
  await userEvent.click(screen.getByRole("button", { name: messages.save }));
  expect(onSave).not.toHaveBeenCalled();
  await userEvent.clear(screen.getByLabelText(/^To confirm/));
  await userEvent.type(screen.getByLabelText(/^To confirm/), "Contoso");
  await userEvent.click(screen.getByRole("button", { name: messages.save }));
  expect(onSave).toHaveBeenCalledExactlyOnceWith({ retentionMonths: 2, bodyDays: 30 });
});

test("fewer days of bodies are confirmed, too, and more of either is saved at once", async () => {
  const onSave = vi.fn();
  show(<RetentionDialog {...usual} organization={settled({ retentionMonths: 13, bodyDays: 30 })} onSave={onSave} />);
  const days = screen.getByLabelText(/^Days that bodies/);
  await userEvent.clear(days);
  await userEvent.type(days, "7");
  expect(screen.getByText(said.bodiesGo("December 5, 2026", "November 28, 2026"))).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: messages.save }));
  expect(onSave).not.toHaveBeenCalled();
  await userEvent.clear(days);
  await userEvent.type(days, "60");
  expect(screen.queryByLabelText(/^To confirm/)).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: messages.save }));
  expect(onSave).toHaveBeenCalledExactlyOnceWith({ retentionMonths: 13, bodyDays: 60 });
});

test.each([["0", "30"], ["121", "30"], ["1.5", "30"], ["", "30"], ["13", "3651"]])("%s months and %s days are not saved", async (months, days) => {
  const onSave = vi.fn();
  show(<RetentionDialog {...usual} organization={settled({ retentionMonths: 13, bodyDays: 30 })} onSave={onSave} />);
  for (const [label, text] of [[/^Months before/, months], [/^Days that bodies/, days]] as const) {
    await userEvent.clear(screen.getByLabelText(label));
    if (text) await userEvent.type(screen.getByLabelText(label), text);
  }
  await userEvent.click(screen.getByRole("button", { name: messages.save }));
  expect(onSave).not.toHaveBeenCalled();
});

test("what was counted is said for what it is", () => {
  expect(said.counted(5, 12, false)).toBe("5 records of 12 that are there now are that old.");
  expect(said.counted(1, 1, true)).toBe("At least 1 record of 1 that are there now is that old.");
  expect(said.counted(0, 12, false)).toBe("None of the 12 records that are there now is that old.");
});

test("a shorter time that waits is said, and who may not sees no way to take it back", () => {
  const from = new Date(Date.now() + 86_400_000).toISOString();
  const log = { retentionMonths: 6, bodyDays: 30, shortened: { effectiveMonths: 13, from } };
  const { unmount } = show(<RetentionCard log={log} first={0} unread={undefined} act={undefined} />);
  expect(screen.getByText(said.waits)).toBeVisible();
  expect(screen.getByText(said.months(13))).toBeVisible();
  expect(screen.queryByRole("button")).toBeNull();
  unmount();
  show(<RetentionCard log={{ ...log, shortened: { effectiveMonths: 13, from: "2026-01-01T00:00:00Z" } }} first={0} unread={undefined} act={{ edit: nothing, takeBack: nothing }} />);
  expect(screen.queryByText(said.waits)).toBeNull();
  expect(screen.getByText(said.months(6))).toBeVisible();
});

const api = "/api/organizations/contoso";

test("a shortening is taken back with what else is said as it is", async () => {
  const from = new Date(Date.now() + 86_400_000).toISOString();
  const read = settled({ retentionMonths: 6, bodyDays: 30, shortened: { effectiveMonths: 13, from } });
  const asked = serve({
    [`GET ${api}`]: answered(read, '"7"'),
    [`PUT ${api}`]: answered(read),
    [`GET ${api}/log`]: answered({ size: 10, first: 0, waiting: 0, lagSeconds: 0, keys: [] }),
    [`GET ${api}/holds`]: answered({ items: [] }),
    [`GET ${api}/sinks`]: answered({ items: [] }),
    [`GET ${api}/sink-statuses`]: answered({ items: [] }),
    [`GET ${api}/log/counts`]: answered({ items: [{ from: "2020-01-01T00:00:00Z", count: 41 }], sealed: 41 }),
  });
  visit(EvidencePage, "/", "/", { organization: read, held: ["owner", "admin", "auditor", "viewer"] });
  await userEvent.click(await screen.findByRole("button", { name: said.keep(13) }));
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: said.keepAction }));
  await waitFor(() => { expect(screen.queryByRole("alertdialog")).toBeNull(); });
  const put = asked.find(({ what }) => what === `PUT ${api}`);
  expect(put?.tag).toBe('"7"');
  expect(put?.body).toEqual({ name: "Contoso", origins: [], membership: { softSeconds: 300, hardSeconds: 3600 }, log: { retentionMonths: 13 } });
  expect(asked.some(({ what }) => what.endsWith("/log/counts"))).toBe(false);
  await userEvent.click(await screen.findByRole("button", { name: said.edit }));
  await screen.findByText(said.counted(41, 41, false));
});
