import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { ComparedAccess } from "../../api/whatif";
import { access } from "../../messages/access";
import { assignments as assigned } from "../../messages/assignments";
import { matrix } from "../../messages/matrix";
import { roles as said } from "../../messages/roles";
import { allow, deny, groupMapping, refusal, tool, toolRole } from "../../test/access";
import { show } from "../../test/show";
import { AssignmentsView } from "./AssignmentsView";
import { DecisionView } from "./DecisionView";
import { MatrixView } from "./MatrixView";
import { RolesView } from "./RolesView";
import { WhatIfView } from "../../review/WhatIfView";

const nothing = () => undefined;
const page = { organization: "Contoso", find: "", onFind: nothing, trouble: undefined, again: nothing };
const staff = toolRole("staff", allow(["whoami", "notes_*"]), deny(["notes_create"], { condition: 'args.note == "x"' }));

test("a role shows what it says, to whom it is assigned, and no control to who may not", () => {
  show(<RolesView {...page} roles={[staff]} assignments={[groupMapping(staff, "Staff")]} actions={undefined} />);
  const row = screen.getAllByRole("row")[1];
  expect(row).toHaveTextContent("staff");
  expect(row).toHaveTextContent("whoami, notes_*");
  expect(row).toHaveTextContent("if note is x");
  expect(row).toHaveTextContent("Staff");
  expect(screen.queryByRole("button", { name: said.create })).toBeNull();
  expect(screen.queryByRole("button", { name: said.deleteLabel("staff") })).toBeNull();
});

test("without roles the page says what to do next", async () => {
  const onCreate = vi.fn();
  show(<RolesView {...page} roles={[]} assignments={[]} actions={{ onCreate, onEdit: nothing, onDelete: nothing, onAssign: nothing }} />);
  expect(screen.getByText(said.emptyText)).toBeVisible();
  const [first] = screen.getAllByRole("button", { name: said.create });
  if (first) await userEvent.click(first);
  expect(onCreate).toHaveBeenCalledOnce();
});

test("group mappings come first, and a group without a name shows its id", () => {
  const mapping = { ...groupMapping(staff, ""), name: undefined };
  show(<AssignmentsView {...page} roles={[staff]} assignments={[{ id: "e", role: staff.id, subject: { kind: "everybody" } }, mapping]} deleted={[mapping.subject.value ?? ""]} actions={undefined} />);
  const tables = screen.getAllByRole("table");
  expect(tables.map((t) => t.getAttribute("aria-label"))).toEqual([assigned.groups, assigned.others]);
  expect(tables[0]).toHaveTextContent(assigned.nameless);
  expect(tables[0]).toHaveTextContent(mapping.subject.value ?? "");
  expect(tables[0]).toHaveTextContent(assigned.deletedGroup);
  expect(tables[1]).toHaveTextContent(access.kinds.everybody);
});

test("the keyboard walks the matrix, and one cell is in the way of Tab", async () => {
  const onCell = vi.fn();
  const finance = toolRole("finance", allow(["payroll_*"]));
  const tools = [tool("notes_create"), tool("payroll_read")];
  show(<MatrixView {...page} roles={[finance, staff]} tools={tools} narrow={false} onCell={onCell} />);
  const cell = (role: string, name: string, verdict: keyof typeof access.verdicts) => screen.getByRole("button", { name: matrix.cell(role, name, access.verdicts[verdict]) });
  cell("finance", "notes_create", "nothing").focus();
  await userEvent.keyboard("{ArrowRight}");
  expect(cell("staff", "notes_create", "conditional")).toHaveFocus();
  await userEvent.keyboard("{ArrowDown}{Home}");
  expect(cell("finance", "payroll_read", "allow")).toHaveFocus();
  await userEvent.keyboard("{ArrowUp}{ArrowDown}{ArrowDown}{Enter}");
  expect(onCell).toHaveBeenCalledExactlyOnceWith(finance, tools[1]);
  expect(within(screen.getByRole("grid")).getAllByRole("button").filter((b) => b.tabIndex === 0)).toHaveLength(1);
});

test("on a phone the matrix is a list of tools", () => {
  show(<MatrixView {...page} roles={[staff]} tools={[tool("whoami"), tool("roll_dice")]} narrow onCell={nothing} />);
  expect(screen.queryByRole("grid")).toBeNull();
  const [list] = screen.getAllByRole("list", { name: matrix.label });
  expect(list).toHaveTextContent("whoami");
  expect(list).toHaveTextContent(matrix.noRole);
});

test("a loss is named before it is one", () => {
  const dan: ComparedAccess = { person: "1", name: "Dan", kind: "user", tools: [{ tool: "notes_search", effect: "read", before: "allowed", after: "none", rules: [] }] };
  show(
    <WhatIfView
      compared={{ people: [dan], remarks: [], more: false }}
      comparedTrouble={undefined}
      replayed={{ loses: 2, gains: 0, cannotTell: 1, unchanged: 5, already: 0, rows: [{ person: "1", name: "Dan", tool: "notes_search", change: "loses", calls: 2, already: 0, last: "2026-11-20T09:00:00Z" }], more: false }}
      replayedTrouble={undefined}
    />,
  );
  expect(screen.getByText(access.whatIf.counted(0, 1, 0))).toBeVisible();
  expect(screen.getByRole("list", { name: /^Loses/ })).toHaveTextContent("Dan notes_search");
  expect(screen.getByText(access.whatIf.replay(2, 0, 1, 5))).toBeVisible();
});

test("a decision is in words, with markup as text, and what would change it only for who may", () => {
  const decision = refusal({ reasons: ["<img src=x> may not call it.", "<b>No</b> role."], remarks: ["<i>Guests</i>"] });
  const { rerender } = show(<DecisionView decision={decision} name="" fixes={[{ key: "1", text: "Assign staff", why: "It allows this tool.", open: "assignment", preset: {} }]} onFix={nothing} />);
  expect(screen.getByText("<img src=x> may not call it.")).toBeVisible();
  expect(document.querySelector("img, b, i")).toBeNull();
  expect(screen.getByRole("button", { name: "Assign staff" })).toBeVisible();
  rerender(<DecisionView decision={decision} name="" fixes={undefined} onFix={nothing} />);
  expect(screen.queryByRole("button")).toBeNull();
});
