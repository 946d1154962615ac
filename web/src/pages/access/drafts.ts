import { tidy } from "../../api/accesschanges";
import type { Permission } from "../../api/access";
import { access } from "../../messages/access";
import { roles as said } from "../../messages/roles";
import { celOf, type Clause, clausesOf, isField, valuesIn } from "./condition";
import { patternsIn } from "../../api/patterns";

/** A permission while it is edited. */
export interface Draft {
  key: string;
  effect: Permission["effect"];
  patterns: string;
  clauses: Clause[];
  written: string; // CEL that the clauses cannot say; then there are no clauses
  context: string;
}

let drafts = 0;

export function draftOf(p: Permission): Draft {
  const clauses = p.condition ? clausesOf(p.condition) : [];
  return {
    key: `draft-${++drafts}`,
    effect: p.effect,
    patterns: p.patterns.join("\n"),
    clauses: clauses ?? [],
    written: clauses ? "" : (p.condition ?? ""),
    context: p.authenticationContext ?? "",
  };
}

export const emptyDraft = (patterns = ""): Draft => ({ key: `draft-${++drafts}`, effect: "allow", patterns, clauses: [], written: "", context: "" });

export const emptyClause: Clause = { field: "", operator: "<=", value: "", optional: false };

export function permissionsOf(all: Draft[]): Permission[] {
  return tidy(
    all.map((d) => ({
      effect: d.effect,
      patterns: patternsIn(d.patterns),
      condition: d.written || celOf(d.clauses),
      authenticationContext: d.effect === "allow" ? d.context.trim() : "",
    })),
  );
}

/** What is missing or wrong in a draft, by field. */
export interface Complaints {
  patterns?: string;
  context?: string;
  clauses: { field?: string; value?: string }[];
}

const context = /^(c[1-9][0-9]?)?$/;

export function complaintsOf(d: Draft): Complaints {
  return {
    patterns: patternsIn(d.patterns).length === 0 ? access.patternsMissing : undefined,
    context: d.effect === "allow" && !context.test(d.context.trim()) ? said.stepWrong : undefined,
    clauses: d.clauses.map((c) => ({
      field: isField(c.field) ? undefined : said.fieldWrong,
      value: (c.operator === "in" ? valuesIn(c.value).length === 0 : c.value.trim() === "") ? said.valueMissing : undefined,
    })),
  };
}

export function isSound(d: Draft): boolean {
  const { patterns, context: step, clauses } = complaintsOf(d);
  return !patterns && !step && clauses.every((c) => !c.field && !c.value);
}
