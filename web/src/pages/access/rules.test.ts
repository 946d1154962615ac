import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Decision } from "../../api/decision";
import type { ComparedAccess } from "../../api/whatif";
import { explorer } from "../../messages/explorer";
import { allow, deny, refusal, toolRole } from "../../test/access";
import { celOf, clausesOf } from "./condition";
import { differencesOf } from "../../review/differences";
import { fixesOf } from "./fixes";
import { matches, patternsIn } from "../../api/patterns";
import { cellOf } from "./verdict";

test("patterns match as the server has it", () => {
  const rows = JSON.parse(readFileSync("../internal/authz/testdata/patterns.json", "utf8")) as [string, string, boolean][];
  expect(rows.length).toBeGreaterThan(10);
  for (const [pattern, name, so] of rows) expect([pattern, name, matches(pattern, name)]).toEqual([pattern, name, so]);
  expect(patternsIn(" a_*,b\n b  c ")).toEqual(["a_*", "b", "c"]);
});

test("clauses are written as CEL and read again", () => {
  const cel = celOf([
    { field: "amount", operator: "<=", value: "1000", optional: false },
    { field: "to.country", operator: "in", value: 'DE, "1", AT', optional: true },
    { field: "note", operator: "startsWith", value: 'a "b"', optional: false },
    { field: "urgent", operator: "==", value: "true", optional: false },
  ]);
  expect(cel).toBe('args.amount <= 1000 && (!has(args.to.country) || args.to.country in ["DE", "1", "AT"]) && args.note.startsWith("a \\"b\\"") && args.urgent == true');
  expect(celOf(clausesOf(cel) ?? [])).toBe(cel);
});

test("a text that looks like a number stays a text", () => {
  const [clause] = clausesOf('args.code == "007"') ?? [];
  expect(clause).toEqual({ field: "code", operator: "==", value: "007", optional: false });
  const [quoted] = clausesOf('args.code == "7"') ?? [];
  expect(quoted?.value).toBe('"7"');
});

test("CEL that says more is left alone", () => {
  for (const cel of ["context.time.getHours() < 18", "args.a <= 1 || args.b <= 2", "!(args.a == 1)", "args.a == args.b", "args.amount <= 1000 ", '(!has(args.a) || args.b == 1)'])
    expect([cel, clausesOf(cel)]).toEqual([cel, undefined]);
});

test("a deny wins, and a condition makes it depend", () => {
  const of = (...permissions: Parameters<typeof toolRole>[1][]) => cellOf(toolRole("role", ...permissions), "notes_search");
  expect(of(allow(["tickets_*"])).verdict).toBe("nothing");
  expect(of(allow(["notes_*"])).verdict).toBe("allow");
  expect(of(allow(["*"]), deny(["notes_*"]))).toMatchObject({ verdict: "deny", deciding: [{ position: 2 }] });
  expect(of(allow(["notes_*"], { condition: "args.q == 1" })).verdict).toBe("conditional");
  expect(of(allow(["notes_*"], { authenticationContext: "c1" })).verdict).toBe("conditional");
  expect(of(allow(["*"]), deny(["notes_*"], { condition: "args.q == 1" }))).toMatchObject({ verdict: "conditional", deciding: [{ position: 2 }, { position: 1 }] });
  expect(of(deny(["notes_*"], { condition: "args.q == 1" })).verdict).toBe("deny");
});

test("what differs is gained, lost or not known", () => {
  const person = { kind: "user", name: "Dan", person: "1" } as const;
  type Row = ComparedAccess["tools"][number];
  const row = (tool: string, before: Row["before"], after: Row["after"]): Row => ({ tool, effect: "read", before, after, rules: [] });
  const sorted = differencesOf([{ ...person, tools: [row("a", "none", "allowed"), row("b", "allowed", "conditional"), row("c", "unknown", "none"), row("d", "none", "conditional")] }]);
  expect(sorted.gains[0]?.tools).toEqual([
    { tool: "a", conditional: false },
    { tool: "d", conditional: true },
  ]);
  expect(sorted.losses[0]?.tools.map((t) => t.tool)).toEqual(["b"]);
  expect(sorted.cannotTell[0]?.tools.map((t) => t.tool)).toEqual(["c"]);
});

test("a refusal leads to what would change it", () => {
  const [engineering, staff] = [toolRole("engineering", allow(["notes_*"])), toolRole("staff", allow(["whoami"]))];
  const known = { roles: [engineering, staff], apps: [{ id: "vscode", name: "Visual Studio Code" }] };
  const texts = (decision: Parameters<typeof fixesOf>[0]) => fixesOf(decision, known).map((fix) => fix.text);
  const hidden = refusal();
  expect(texts({ ...hidden, caller: { ...hidden.caller, roles: ["staff"] } })).toEqual([explorer.assign("engineering"), explorer.edit("staff")]);
  expect(texts({ ...hidden, clientCeiling: { of: "vscode", patterns: ["whoami"], permits: false } })).toContain(explorer.limit("Visual Studio Code"));
  expect(texts(refusal({ known: false }))).toEqual([]);
  expect(texts(refusal({ verdict: "allowed" }))).toEqual([]);
  const denied: Decision["grants"][number] = { role: "staff", permission: 1, effect: "deny", patterns: ["*"], result: "holds", satisfied: true, via: [] };
  expect(texts(refusal({ grants: [denied] }))[0]).toBe(explorer.edit("staff"));
  expect(fixesOf(refusal({ tool: "roll_dice" }), known).map((fix) => fix.open)).toEqual(["newRole"]);
});
