import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { LogRecord } from "../../api/auditrecords";
import { audit as said } from "../../messages/audit";
import { reasons } from "../../messages/auditkinds";
import { exports_ } from "../../messages/auditexports";
import { evidence } from "../../messages/auditevidence";
import { show } from "../../test/show";
import { Bodies } from "./Bodies";
import { statement } from "./ExportForm";
import { Histogram } from "./Histogram";
import { Holds } from "./Holds";
import { appOf, why } from "./record";
import { Records } from "./Records";
import { tableOf } from "./save";
import { filterOf, intervalOf, rangeOf, readSearch, stretches } from "./search";

const nothing = () => undefined;
const record = (seq: number, fields: LogRecord["fields"] = {}): LogRecord => ({
  seq,
  leaf: "AAAA",
  fields: { id: `r${seq}`, at: "2026-11-21T10:08:00.000000Z", kind: "tool_call", phase: "outcome", outcome: "ok", tool: "whoami", actor_name: "Alice", ...fields },
});
const usual = { more: false, busy: false, open: undefined, appName: (client: string) => client, trouble: undefined, again: nothing, onMore: nothing, onOpen: nothing };

test("an address is read, and what it does not mean is left out", () => {
  const read = readSearch({ view: "calls", span: "year", tool: "whoami", outcome: ["refused", "odd"], kind: ["consent", "list"], from: "yesterday", text: " " });
  expect(read).toEqual({ view: "calls", tool: "whoami", outcome: ["refused"], kind: ["list"] });
  const now = Date.UTC(2026, 10, 22, 12);
  expect(filterOf(read, rangeOf(read, now, 0))).toEqual({ from: "2026-10-23T12:00:00.000Z", kind: ["list"], tool: ["whoami"], outcome: ["refused"] });
});

test("stretches begin where the server's do, and cover the range", () => {
  const range = { from: Date.UTC(2026, 0, 15, 13, 20), to: Date.UTC(2026, 7, 2) };
  expect(intervalOf(range)).toBe("month");
  const starts = stretches(range, "month").map((at) => new Date(at).toISOString().slice(0, 10));
  expect(starts).toEqual(["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01"]);
});

test("a decision is told in words, with what it rested on", () => {
  const sentences = why({ outcome: "refused", reason: "unknown_tool", roles: ["staff"], membership_source: "graph", membership_age_s: 21, policy: 7 });
  expect(sentences).toEqual([said.refused, reasons.unknown_tool, said.rolesHeld("staff"), said.membership.graph(21), said.policy(7)]);
  expect(why({ outcome: "refused", reason: "new_word", membership_source: "token", roles: [] })).toEqual([said.refused, said.unlisted("new_word"), said.noRoles, said.membership.token(undefined)]);
});

test("the table counts rows that are not drawn", () => {
  show(<Records {...usual} records={Array.from({ length: 5000 }, (_, i) => record(i))} />);
  expect(screen.getByRole("table", { name: said.title })).toHaveAttribute("aria-rowcount", "5001");
  expect(screen.getAllByRole("row").length).toBeLessThan(60);
  expect(screen.getByText(said.shown(5000, false))).toBeVisible();
});

test("as long as there is more, nobody says how many rows there are", () => {
  show(<Records {...usual} records={[record(1)]} more />);
  expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "-1");
});

test("an AI app that is known is called by its name, and another by its client ID", () => {
  const known = [{ value: "client-1", text: "Claude" }];
  expect(["client-1", "client-2"].map((client) => appOf(client, known))).toEqual(["Claude", "client-2"]);
});

test("the histogram is narrowed by the keyboard", async () => {
  const onNarrow = vi.fn();
  const starts = [0, 1, 2, 3, 4].map((day) => Date.UTC(2026, 10, 1 + day));
  show(<Histogram counts={{ found: new Map([[starts[1] ?? 0, 7]]), partial: false }} starts={starts} interval="day" onNarrow={onNarrow} />);
  screen.getByRole("slider", { name: said.brushFrom }).focus();
  await userEvent.keyboard("{Enter}");
  expect(onNarrow).not.toHaveBeenCalled();
  await userEvent.keyboard("{ArrowRight}{Enter}");
  expect(onNarrow).toHaveBeenCalledExactlyOnceWith({ from: starts[1], to: starts[4] });
});

test("what a file will prove is said before it is made", () => {
  expect(statement("evidence", "proven", { tools: ["whoami"], from: "2026-11-01T00:00:00Z" })).toBe(exports_.statementProven("at, sealed_at, tool"));
  expect(statement("evidence", "none", { tools: ["whoami"] })).toBe(exports_.statementNone);
  expect(statement("evidence", "none", {})).toBe(exports_.statementAll);
  expect(statement("csv", "proven", {})).toBe(exports_.statementTable);
});

test("bodies are asked for with a reason, by whoever may", async () => {
  const onRead = vi.fn();
  const reader = { may: false, busy: false, trouble: undefined, read: undefined, onRead };
  const { unmount } = show(<Bodies reader={reader} />);
  expect(screen.queryByRole("button")).toBeNull();
  unmount();
  show(<Bodies reader={{ ...reader, may: true }} />);
  await userEvent.click(screen.getByRole("button", { name: said.read }));
  expect(onRead).not.toHaveBeenCalled();
  await userEvent.type(screen.getByRole("textbox", { name: said.reason }), "INC-1{Enter}");
  expect(onRead).toHaveBeenCalledExactlyOnceWith("INC-1");
});

test("a hold that was withdrawn is restored by whoever may", async () => {
  const onRestore = vi.fn();
  const hold = { id: "h", reason: "A ./. B", setAt: "2026-11-01T00:00:00Z", setBy: "p", endsAt: "2026-11-29T00:00:00Z" };
  const { unmount } = show(<Holds holds={[hold]} again={nothing} onPlace={undefined} onWithdraw={undefined} onRestore={undefined} />);
  expect(screen.queryByRole("button")).toBeNull();
  unmount();
  show(<Holds holds={[hold]} again={nothing} onPlace={nothing} onWithdraw={nothing} onRestore={onRestore} />);
  await userEvent.click(screen.getByRole("button", { name: evidence.restoreLabel(hold.reason) }));
  expect(onRestore).toHaveBeenCalledExactlyOnceWith(hold);
});

test("no cell of a table is a formula", () => {
  const tool = { tool: "=1+1", effect: "read", verdict: "allowed", rules: [{ role: "@x", assignment: "a", subjectKind: "everybody" }] } as const;
  const person = { person: "p", name: '-2"', kind: "user", tools: [], unknownGroups: [] } as const;
  const [, row] = tableOf("2026-11-01T00:00:00Z", [{ id: "1", person: { ...person, tools: [], unknownGroups: [] }, tool: { ...tool, rules: [...tool.rules] } }]).split("\r\n");
  expect(row).toBe('"2026-11-01T00:00:00Z","p","\'-2""","user","\'=1+1","read","allowed","\'@x","a","everybody","",""');
});
