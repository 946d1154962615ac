import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { AccessCheck, OwnTool } from "../../api/me";
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
  asking: { request: null, accessPackage: undefined, trouble: undefined, busy: false, onAsk: nothing, onWithdraw: nothing, onOpen: nothing },
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

const check = (with_: Partial<AccessCheck>): AccessCheck => ({
  ...{ asked: false, rolesGained: [], rolesLost: [], toolsGained: [], toolsLost: [], membership: usual.access.membership, remarks: [] },
  ...with_,
});

test("a check says what has changed, and when nothing could be asked", () => {
  const result = check({ rolesLost: ["staff"], toolsLost: ["roll_dice", "whoami"] });
  show(<MeView {...usual} checking={{ ...usual.checking, result }} />);
  expect(screen.getByText(said.changed)).toBeVisible();
  expect(screen.getByText("roll_dice, whoami")).toBeVisible();
  expect(screen.getByText(said.notAsked.failed, { exact: false })).toBeVisible();
});

test("a check that could not ask does not say that nothing has changed, and says why", () => {
  const why = "Nothing newer could be had: Microsoft Graph refuses.";
  show(<MeView {...usual} checking={{ ...usual.checking, result: check({ remarks: [why] }) }} access={{ ...usual.access, remarks: [why] }} />);
  expect(screen.getByText(said.notAsked.failed)).toBeVisible();
  expect(screen.getAllByText(why)).toHaveLength(1);
  expect(screen.queryByText(said.unchanged)).toBeNull();
  expect(screen.queryByText(said.notAsked.before, { exact: false })).toBeNull();
});

test("only an answer of the last half minute counts as asked a moment ago", () => {
  const young = show(<MeView {...usual} checking={{ ...usual.checking, result: check({ membership: { ...usual.access.membership, ageSeconds: 12 } }) }} />);
  expect(screen.getByText(said.unchanged)).toBeVisible();
  expect(screen.getByText(said.notAsked.before, { exact: false })).toBeVisible();
  young.unmount();
  show(<MeView {...usual} checking={{ ...usual.checking, result: check({ membership: { source: "none", ageSeconds: 0, known: true } }) }} />);
  expect(screen.getByText(said.unchanged)).toBeVisible();
  expect(screen.getByText(said.notAsked.needless, { exact: false })).toBeVisible();
});

test("what an answer says beside its lists is shown", () => {
  const remark = "Your AI apps go by what their sign-in says of your groups.";
  show(<MeView {...usual} checking={{ ...usual.checking, result: check({ asked: true, remarks: [remark] }) }} />);
  expect(screen.getByText(remark)).toBeVisible();
  expect(screen.queryByText(said.notAsked.before, { exact: false })).toBeNull();
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

test("an organization with an access package sends people there, and they can ask all the same", () => {
  const accessPackage = "https://myaccess.microsoft.com/@contoso.example#/access-packages/1";
  const { unmount } = show(<MeView {...usual} asking={{ ...usual.asking, accessPackage }} />);
  const link = screen.getByRole("link", { name: asking.package });
  expect(link).toHaveAttribute("href", accessPackage);
  expect(link).toHaveAttribute("target", "_blank");
  expect(link.getAttribute("rel")).toContain("noopener");
  expect(screen.getByRole("button", { name: asking.ask })).toBeVisible();
  unmount();
  show(<MeView {...usual} />);
  expect(screen.queryByRole("link", { name: asking.package })).toBeNull();
});
