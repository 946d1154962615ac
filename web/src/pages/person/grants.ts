import type { RoleGrant } from "../../api/grants";
import type { Role } from "../../api/roles";

const roles: readonly Role[] = ["owner", "admin", "auditor", "viewer"];

/** What a person has been granted by name. */
export const grantsOf = (grants: RoleGrant[], oid: string) => grants.filter(({ grantee }) => grantee.kind === "person" && grantee.id.toLowerCase() === oid.toLowerCase());

/** Those that have not ended, each role once, the greatest first. */
export function inForce(grants: RoleGrant[], now: number): RoleGrant[] {
  const current = grants.filter(({ endsAt }) => endsAt === undefined || Date.parse(endsAt) > now);
  return roles.flatMap((role) => current.find((grant) => grant.role === role) ?? []);
}
