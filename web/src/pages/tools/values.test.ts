import { expect, test } from "vitest";
import { tryIt as said } from "../../messages/tools";
import { membersOf } from "./schema";
import { built, initial, readArguments, type Value } from "./values";

const definition = {
  inputSchema: {
    type: "object",
    required: ["who", "n"],
    properties: {
      n: { type: "integer", minimum: 1, maximum: 9 },
      who: { type: "string", minLength: 2 },
      maybe: { anyOf: [{ type: "boolean" }, { type: "null" }] },
      level: { enum: ["low", "high", 3] },
      tags: { type: "array", items: { type: "string" } },
      where: { $ref: "#/$defs/place" },
      odd: { oneOf: [{ type: "string" }, { type: "number" }] },
    },
    $defs: { place: { type: "object", required: ["city"], properties: { city: { type: "string" }, near: { $ref: "#/$defs/place" } } } },
  },
};

const fields = membersOf(definition) ?? [];
const blank = initial({ kind: "object", fields });
const filled = (parts: Record<string, Value>): Value => ({ ...(blank as Record<string, Value>), ...parts });

test("what is required comes first, and each kind is known", () => {
  expect(fields.map((f) => [f.name, f.required, f.shape.kind])).toEqual([
    ["n", true, "number"],
    ["who", true, "text"],
    ["maybe", false, "boolean"],
    ["level", false, "choice"],
    ["tags", false, "list"],
    ["where", false, "object"],
    ["odd", false, "json"],
  ]);
});

test("what was not given is left out, and what is needed is asked for", () => {
  expect(built(fields, blank)).toEqual({ args: {}, problems: { "/n": said.required, "/who": said.required } });
  expect(built(fields, filled({ n: "3", who: "Al" }))).toEqual({ args: { n: 3, who: "Al" }, problems: {} });
});

test("what was typed becomes what the schema says", () => {
  const value = filled({ n: "3", who: "Al", maybe: "false", level: '"high"', tags: ["a", "b"], where: { city: "Bern" }, odd: "[1]" });
  expect(built(fields, value)).toEqual({
    args: { n: 3, who: "Al", maybe: false, level: "high", tags: ["a", "b"], where: { city: "Bern" }, odd: [1] },
    problems: {},
  });
});

test("each mistake is told beside its field", () => {
  const wrong = (parts: Record<string, Value>) => built(fields, filled({ n: "3", who: "Al", ...parts })).problems;
  expect(wrong({ n: "x" })).toEqual({ "/n": said.notNumber });
  expect(wrong({ n: "1.5" })).toEqual({ "/n": said.notWhole });
  expect(wrong({ n: "0" })).toEqual({ "/n": said.atLeast(1) });
  expect(wrong({ n: "10" })).toEqual({ "/n": said.atMost(9) });
  expect(wrong({ n: "12345678901234567890" })).toEqual({ "/n": said.imprecise });
  expect(wrong({ who: "A" })).toEqual({ "/who": said.tooShort(2) });
  expect(wrong({ odd: "{" })).toEqual({ "/odd": said.notJson });
  expect(wrong({ where: { near: { city: "Bern" } } })).toEqual({ "/where/city": said.required });
});

test("JSON is read as an object or not at all", () => {
  expect(readArguments('{"a":1}')).toEqual({ args: { a: 1 } });
  expect(readArguments("[1]")).toEqual({ problem: said.notObject });
  expect(readArguments("{")).toEqual({ problem: said.notJson });
});

test("a number that would be another one is refused, wherever it stands", () => {
  const said_ = (json: string) => readArguments(`{"id": ${json}}`);
  for (const json of ["9007199254740993", "[1, {\"a\": -9007199254740993}]", "0.1234567890123456789", "1e400", "9007199254740993.0", "12345678901234567890e-3"]) {
    expect(said_(json)).toEqual({ problem: said.imprecise });
    expect(built(fields, filled({ n: "3", who: "Al", odd: json })).problems).toEqual({ "/odd": said.imprecise });
  }
  expect(built(fields, filled({ n: "3", who: "Al", level: "9007199254740993" })).problems).toEqual({ "/level": said.imprecise });
  for (const json of ["9007199254740991", "-0", "0.10", "1.50e3", "1E-7", "0.00", "100000000000000000000", "\"9007199254740993 \\\" 1.0000000000000000001\"", "[]"]) {
    expect(said_(json)).toEqual({ args: { id: JSON.parse(json) as unknown } });
  }
});

test("a form that circles ends in JSON", () => {
  const loop = { inputSchema: { type: "object", properties: { a: { $ref: "#" } } } };
  expect(JSON.stringify(membersOf(loop))).toContain('"json"');
  expect(membersOf({ inputSchema: { type: "array" } })).toBeUndefined();
});
