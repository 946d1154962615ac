import { expect, test } from "vitest";
import { includes, type Role } from "./roles";

test("an admin does not read the log, an auditor does not administer", () => {
  const may = (role: Role) => (["owner", "admin", "auditor", "viewer"] as const).filter((needed) => includes(role, needed));
  expect(may("owner")).toEqual(["owner", "admin", "auditor", "viewer"]);
  expect(may("admin")).toEqual(["admin", "viewer"]);
  expect(may("auditor")).toEqual(["auditor", "viewer"]);
  expect(may("viewer")).toEqual(["viewer"]);
});
