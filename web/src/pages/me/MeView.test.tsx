import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { OwnTool } from "../../api/me";
import { me as said } from "../../messages/me";
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
