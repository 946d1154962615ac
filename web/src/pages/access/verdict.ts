import type { Permission, ToolRole } from "../../api/access";
import { matches } from "../../api/patterns";

/** What one role says of one tool. A deny wins over every allow. */
export type Verdict = "allow" | "deny" | "conditional" | "nothing";

export interface Cell {
  verdict: Verdict;
  deciding: { position: number; permission: Permission }[]; // those that match, by their position from 1
}

const always = (p: Permission) => !p.condition && !p.authenticationContext;

export function cellOf(role: ToolRole, tool: string): Cell {
  const matching = role.permissions
    .map((permission, i) => ({ position: i + 1, permission }))
    .filter(({ permission }) => permission.patterns.some((pattern) => matches(pattern, tool)));
  const denies = matching.filter(({ permission }) => permission.effect === "deny");
  const allows = matching.filter(({ permission }) => permission.effect === "allow");
  const flat = denies.filter(({ permission }) => always(permission));
  if (flat.length > 0) return { verdict: "deny", deciding: flat };
  if (allows.length === 0) return { verdict: denies.length > 0 ? "deny" : "nothing", deciding: denies };
  const plain = allows.filter(({ permission }) => always(permission));
  if (denies.length === 0 && plain.length > 0) return { verdict: "allow", deciding: plain };
  return { verdict: "conditional", deciding: [...denies, ...allows] };
}
