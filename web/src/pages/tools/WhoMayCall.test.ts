import { expect, test } from "vitest";
import { allow, toolRole } from "../../test/access";
import { grantsFor } from "./WhoMayCall";

test("a pattern without a prefix gives nothing of a resource", () => {
  const roles = ["*memo*", "r*", "resource:*", "*"].map((pattern) => toolRole(pattern, allow([pattern])));
  expect(grantsFor(roles, "resource:notes://memo").map((grant) => grant.role)).toEqual(["*", "resource:*"]);
});
