import type { components } from "./schema";

export type Role = NonNullable<components["schemas"]["OwnOrganization"]["role"]>;

const included: Record<Role, readonly Role[]> = {
  owner: ["owner", "admin", "auditor", "viewer"],
  admin: ["admin", "viewer"],
  auditor: ["auditor", "viewer"],
  viewer: ["viewer"],
};

/** Whether who holds some roles may do what one is needed for. It decides what is shown; the server decides what is done. */
export function includes(held: readonly Role[], needed: Role): boolean {
  return held.some((role) => included[role].includes(needed));
}
