import { expect, test } from "vitest";
import type { RoleGrant } from "../../api/grants";
import { grantsOf, inForce } from "./grants";

const grant = (role: RoleGrant["role"], id: string, endsAt?: string) => ({ id: role, role, name: "Bob", grantee: { kind: "person", id }, endsAt }) as RoleGrant;

test("a role that has ended is none, and of several each is told", () => {
  const all = [grant("auditor", "B1", "2026-10-31T23:59:59Z"), grant("viewer", "b1"), grant("admin", "b1", "2026-12-31T23:59:59Z"), grant("owner", "a1"), grant("viewer", "b1")];
  const held = grantsOf(all, "b1");
  expect(held).toHaveLength(4);
  expect(inForce(held, Date.parse("2026-11-23T00:00:00Z")).map(({ role }) => role)).toEqual(["admin", "viewer"]);
});
