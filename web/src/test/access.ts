import type { AccessTool, Assignment, Permission, ToolRole } from "../api/access";
import type { Decision } from "../api/decision";

let made = 0;
const id = () => `00000000-0000-4000-8000-${String(++made).padStart(12, "0")}`;

export const allow = (patterns: string[], rest: Partial<Permission> = {}): Permission => ({ effect: "allow", patterns, ...rest });
export const deny = (patterns: string[], rest: Partial<Permission> = {}): Permission => ({ effect: "deny", patterns, ...rest });

export const toolRole = (name: string, ...permissions: Permission[]): ToolRole => ({ id: id(), name, permissions });

export const tool = (name: string, rest: Partial<AccessTool> = {}): AccessTool => ({ name, enabled: true, kind: "tool", effect: "read", ...rest });

export const groupMapping = (role: ToolRole, name: string): Assignment => ({ id: id(), role: role.id, name, subject: { kind: "group", value: id() } });

export function refusal(rest: Partial<Decision> = {}): Decision {
  return {
    verdict: "hidden",
    reasons: ["Dan may not call notes_search and does not see it.", "No role they hold says anything about notes_search."],
    remarks: [],
    tool: "notes_search",
    known: true,
    at: "2026-11-20T09:00:00Z",
    arguments: false,
    caller: { name: "Dan", oid: id(), kind: "user", client: "vscode", roles: [], authenticationContexts: [] },
    grants: [],
    ended: [],
    scopeCeilings: [],
    groups: [],
    ...rest,
  };
}
