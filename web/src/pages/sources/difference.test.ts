import { expect, test } from "vitest";
import { difference } from "./difference";

const approved = { name: "search", description: "Finds notes.", inputSchema: { type: "object", properties: { q: { type: "string" } } }, annotations: { readOnlyHint: true } };

const removed = (d: ReturnType<typeof difference>[number] | undefined) => d?.changes.filter((c) => c.removed).map((c) => c.value).join("");
const added = (d: ReturnType<typeof difference>[number] | undefined) => d?.changes.filter((c) => c.added).map((c) => c.value).join("");

test("the order of members is no difference", () => {
  expect(difference(approved, { annotations: { readOnlyHint: true }, inputSchema: { properties: { q: { type: "string" } }, type: "object" }, description: "Finds notes.", name: "search" })).toEqual([]);
});

test("texts differ by words, schemas by lines, and each part by itself", () => {
  const offered = { ...approved, description: "Finds secret notes.", inputSchema: { type: "object", properties: { q: { type: "number" } } }, annotations: undefined, _meta: { x: 1 } };
  const found = difference(approved, offered);
  expect(found.map((d) => d.part)).toEqual(["description", "inputSchema", "annotations", "rest"]);
  const [description, schema, annotations, rest] = found;
  expect([removed(description), added(description)]).toEqual(["", "secret "]);
  expect([removed(schema)?.trim(), added(schema)?.trim()]).toEqual(['"type": "string"', '"type": "number"']);
  expect(removed(annotations)).toContain("readOnlyHint");
  expect(added(rest)).toContain('"x": 1');
});
