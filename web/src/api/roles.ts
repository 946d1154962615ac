import type { components } from "./schema";

export type Role = NonNullable<components["schemas"]["OwnOrganization"]["role"]>;

const included: Record<Role, readonly Role[]> = {
  owner: ["owner", "admin", "auditor", "viewer"],
  admin: ["admin", "viewer"],
  auditor: ["auditor", "viewer"],
  viewer: ["viewer"],
};

/** Whether who holds a role may do what another is needed for. It decides what is shown; the server decides what is done. */
export function includes(role: Role, needed: Role): boolean {
  return included[role].includes(needed);
}
