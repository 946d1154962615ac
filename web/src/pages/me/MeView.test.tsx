import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { OwnTool } from "../../api/me";
import { me as said } from "../../messages/me";
import { requests as asking } from "../../messages/requests";
import { connection } from "../../test/factories";
import { show } from "../../test/show";
import { MeView } from "./MeView";

const nothing = () => undefined;
const list = <T,>(rows: T[] | undefined) => ({ rows, more: false, trouble: undefined, again: nothing, onMore: nothing });
const tool = (with_: Partial<OwnTool> = {}): OwnTool => ({ name: "roll_dice", effect: "read", conditional: false, roles: ["staff"], ...with_ });
const usual = {
  organization: "Contoso",
  slug: "contoso",
  access: { roles: [{ name: "staff", via: [{ kind: "group", name: "Staff" } as const] }], membership: { source: "graph", at: "2026-11-22T10:00:00Z", ageSeconds: 90, known: true } as const, remarks: [] },
  tools: list([tool()]),
  apps: list([connection()]),
  sources: list([]),
  checking: { busy: false, result: undefined, trouble: undefined, onCheck: nothing },
  asking: { request: null, trouble: undefined, busy: false, onAsk: nothing, onWithdraw: nothing, onOpen: nothing },
  onEnd: nothing,
};

test("a tool says what it does, and which role gives it through what", () => {
  show(<MeView {...usual} tools={list([tool(), tool({ name: "pay", title: "Pay", effect: "destructive", conditional: true })])} />);
  const [, roll, pay] = within(screen.getByRole("table", { name: said.tools })).getAllByRole("row").map((row) => row.textContent);
  expect(roll).toContain(said.effects.read);
  expect(roll).toContain("staffgroup Staff");
  expect(pay).toContain(said.effects.destructive);
  expect(pay).toContain(said.conditional);
  expect(screen.getByText(said.basis.graph("90 seconds ago"))).toBeVisible();
});

test("an app is ended by its own button", async () => {
  const onEnd = vi.fn();
  const app = connection({ name: "Claude" });
  show(<MeView {...usual} apps={list([connection(), app])} onEnd={onEnd} />);
  await userEvent.click(screen.getByRole("button", { name: said.revokeLabel("Claude") }));
  expect(onEnd).toHaveBeenCalledExactlyOnceWith({ kind: "connection", id: app.id, name: "Claude" });
});

test("without tools and apps the page says how to get some", () => {
  show(<MeView {...usual} tools={list<OwnTool>([])} apps={list([])} />);
  expect(screen.getByText(said.noTools)).toBeVisible();
  expect(screen.getByText(said.noApps)).toBeVisible();
  expect(screen.queryByText(said.sources)).toBeNull();
});

test("a check says what has changed, and when nothing could be asked", () => {
  const result = { asked: false, rolesGained: [], rolesLost: ["staff"], toolsGained: [], toolsLost: ["roll_dice", "whoami"], membership: usual.access.membership, remarks: [] };
  show(<MeView {...usual} checking={{ ...usual.checking, result }} />);
  expect(screen.getByText(said.changed)).toBeVisible();
  expect(screen.getByText("roll_dice, whoami")).toBeVisible();
  expect(screen.getByText(said.notAsked, { exact: false })).toBeVisible();
});

test("asking for access needs words, and an answer is shown with what was asked", async () => {
  const onAsk = vi.fn();
  const { unmount } = show(<MeView {...usual} asking={{ ...usual.asking, onAsk }} />);
  await userEvent.click(screen.getByRole("button", { name: asking.ask }));
  await userEvent.click(screen.getByRole("button", { name: asking.send }));
  expect(screen.getByText(asking.askMissing)).toBeVisible();
  await userEvent.type(screen.getByRole("textbox"), " Payroll ");
  await userEvent.click(screen.getByRole("button", { name: asking.send }));
  expect(onAsk.mock.calls.map((call: unknown[]) => call[0])).toEqual(["Payroll"]);
  unmount();
  const person = { oid: "p", name: "Bob", guest: false };
  const request = { id: "r", person, reason: "Payroll", madeAt: "2026-11-20T09:00:00Z", expiresAt: "2026-12-20T09:00:00Z", state: "dismissed", answer: "Ask in March" } as const;
  show(<MeView {...usual} asking={{ ...usual.asking, request }} />);
  expect(screen.getByText(asking.states.dismissed)).toBeVisible();
  expect(screen.getByText("Ask in March")).toBeVisible();
  expect(screen.getByRole("button", { name: asking.ask })).toBeVisible();
});
