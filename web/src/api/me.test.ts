import { expect, test } from "vitest";
import { type AccessCheck, sinceShown } from "./me";

const check = (changes: Partial<AccessCheck> = {}): AccessCheck => ({
  asked: true,
  rolesGained: [],
  rolesLost: [],
  toolsGained: [],
  toolsLost: [],
  membership: { source: "graph", ageSeconds: 0, known: true },
  remarks: [],
  ...changes,
});

test("what has changed since the page was loaded is told once", () => {
  const before = { roles: ["staff"], tools: ["a", "b"], whole: true };
  const after = { roles: ["finance"], tools: ["b", "c"], whole: true };
  const told = sinceShown(check({ toolsGained: ["c"] }), before, after);
  expect([told.rolesGained, told.rolesLost, told.toolsGained, told.toolsLost]).toEqual([["finance"], ["staff"], ["c"], ["a"]]);
});

test("tools that are not loaded are not said to be lost", () => {
  const told = sinceShown(check({ toolsLost: ["x"] }), { roles: [], tools: ["a"], whole: false }, { roles: [], tools: ["b"], whole: true });
  expect([told.toolsGained, told.toolsLost]).toEqual([[], ["x"]]);
  expect(sinceShown(check(), undefined, undefined)).toEqual(check());
});
