import type { AssignmentSettings, ListedApp, ToolRole } from "../../api/access";
import type { Decision } from "../../api/decision";
import { explorer as said } from "../../messages/explorer";
import { cellOf } from "./verdict";

/** What would change a refusal, and where it is changed. */
export type Fix = { key: string; text: string; why: string } & (
  | { open: "assignment"; preset: Partial<AssignmentSettings> }
  | { open: "role"; id: string }
  | { open: "newRole"; tool: string }
  | { open: "app"; id: string }
  | { open: "scope"; scope: string }
);

interface Known {
  roles: ToolRole[];
  apps: ListedApp[];
}

/** Assignments to offer at most; the rest is on the page of assignments. */
const most = 4;

/** What stands between somebody and a tool, as things an admin can change. */
export function fixesOf(decision: Decision, { roles, apps }: Known): Fix[] {
  if (decision.verdict === "allowed" || decision.verdict === "conditional" || decision.verdict === "needs_step_up" || !decision.known) return [];
  const fixes: Fix[] = [];
  const idOf = (name: string) => roles.find((role) => role.name === name)?.id;
  const edit = (name: string, why: string) => {
    const id = idOf(name);
    if (id !== undefined && !fixes.some((fix) => fix.open === "role" && fix.id === id)) fixes.push({ key: `edit ${id}`, text: said.edit(name), why, open: "role", id });
  };
  const { grants, ended, clientCeiling, scopeCeilings, tool, caller } = decision;
  for (const grant of grants.filter((g) => g.effect === "deny" && g.result !== "does_not_hold")) edit(grant.role, said.editDeny);
  for (const grant of grants.filter((g) => g.effect === "allow" && g.result !== "holds")) edit(grant.role, said.editCondition);
  if (clientCeiling && !clientCeiling.permits) {
    const app = apps.find(({ id }) => id === clientCeiling.of);
    if (app) fixes.push({ key: `app ${app.id}`, text: said.limit(app.name), why: said.limitText, open: "app", id: app.id });
  }
  for (const { of, permits, patterns } of scopeCeilings) {
    if (!permits && patterns) fixes.push({ key: `scope ${of}`, text: said.limit(of), why: said.limitText, open: "scope", scope: of });
  }
  if (grants.some((g) => g.effect === "allow")) return fixes;
  for (const { role, via } of ended.filter((g) => g.effect === "allow")) {
    const id = idOf(role);
    for (const { kind, value, name, assignment } of id === undefined ? [] : via) {
      fixes.push({ key: `again ${assignment}`, text: said.again(role, name ?? value ?? kind), why: said.againText, open: "assignment", preset: { role: id, subject: { kind, value }, name } });
    }
  }
  const allowing = roles.filter((role) => ["allow", "conditional"].includes(cellOf(role, tool).verdict));
  for (const role of allowing.slice(0, most)) fixes.push({ key: `assign ${role.id}`, text: said.assign(role.name), why: said.assignText, open: "assignment", preset: { role: role.id } });
  for (const name of caller.roles) edit(name, said.editText);
  if (allowing.length === 0) fixes.push({ key: "new", text: said.newRole, why: said.newRoleText, open: "newRole", tool });
  return fixes;
}
