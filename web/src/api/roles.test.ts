import { expect, test } from "vitest";
import { includes, type Role } from "./roles";

test("an admin does not read the log, an auditor does not administer", () => {
  const may = (...held: Role[]) => (["owner", "admin", "auditor", "viewer"] as const).filter((needed) => includes(held, needed));
  expect(may("owner")).toEqual(["owner", "admin", "auditor", "viewer"]);
  expect(may("admin")).toEqual(["admin", "viewer"]);
  expect(may("auditor")).toEqual(["auditor", "viewer"]);
  expect(may("viewer")).toEqual(["viewer"]);
  expect(may("admin", "auditor")).toEqual(["admin", "auditor", "viewer"]);
  expect(may()).toEqual([]);
});
