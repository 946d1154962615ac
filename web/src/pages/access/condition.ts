/** What a comparison may be, and how it is written in CEL. */
export const operators = ["<=", ">=", "<", ">", "==", "!=", "in", "startsWith"] as const;
export type Operator = (typeof operators)[number];

/** One comparison of an argument of the call with values that stand in the condition. */
export interface Clause {
  field: string; // as in amount or to.country
  operator: Operator;
  value: string; // as typed; of in: with commas
  optional: boolean; // a call without the argument passes
}

const name = "[A-Za-z_][A-Za-z0-9_]*";
const path = `${name}(?:\\.${name})*`;
const number = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const atom = String.raw`(?:-?\d+(?:\.\d+)?|true|false|"(?:[^"\\]|\\.)*")`;
const comparison = new RegExp(String.raw`^args\.(${path}) (<=|>=|<|>|==|!=) (${atom})$`);
const membership = new RegExp(String.raw`^args\.(${path}) in \[(${atom}(?:, ${atom})*)\]$`);
const beginning = new RegExp(String.raw`^args\.(${path})\.startsWith\((${atom})\)$`);
const guarded = new RegExp(String.raw`^\(!has\(args\.(${path})\) \|\| (.+)\)$`);

export const isField = (text: string) => new RegExp(`^${path}$`).test(text.trim());

/** A value as CEL: a number, yes or no, or a text. In quotes it is a text, whatever it looks like. */
function literal(text: string): string {
  const value = text.trim();
  if (number.test(value) || value === "true" || value === "false") return value;
  if (/^".*"$/.test(value)) return JSON.stringify(value.slice(1, -1));
  return JSON.stringify(value);
}

/** A value of CEL as somebody would type it. */
function typed(text: string): string {
  if (!text.startsWith('"')) return text;
  const value: unknown = JSON.parse(text);
  const plain = String(value);
  return literal(plain).startsWith('"') && plain === plain.trim() && !plain.includes(",") && !/^".*"$/.test(plain) ? plain : `"${plain}"`;
}

/** The values between commas; a comma in quotes is none. */
export function valuesIn(text: string): string[] {
  return (text.match(/"[^"]*"|[^,]+/g) ?? []).map((part) => part.trim()).filter((part) => part !== "");
}

function bare({ field, operator, value }: Clause): string {
  const subject = `args.${field.trim()}`;
  if (operator === "in") return `${subject} in [${valuesIn(value).map(literal).join(", ")}]`;
  if (operator === "startsWith") return `${subject}.startsWith(${JSON.stringify(value)})`;
  return `${subject} ${operator} ${literal(value)}`;
}

/** The clauses as CEL, all of which must hold. */
export function celOf(clauses: Clause[]): string {
  return clauses.map((clause) => (clause.optional ? `(!has(args.${clause.field.trim()}) || ${bare(clause)})` : bare(clause))).join(" && ");
}

function bareClause(text: string): Clause | undefined {
  const compared = comparison.exec(text);
  if (compared) return { field: compared[1] ?? "", operator: operators.find((o) => o === compared[2]) ?? "==", value: typed(compared[3] ?? ""), optional: false };
  const among = membership.exec(text);
  if (among) return { field: among[1] ?? "", operator: "in", value: (among[2]?.match(new RegExp(atom, "g")) ?? []).map(typed).join(", "), optional: false };
  const begun = beginning.exec(text);
  if (begun) return { field: begun[1] ?? "", operator: "startsWith", value: String(JSON.parse(begun[2] ?? '""')), optional: false };
  return undefined;
}

function clauseOf(text: string): Clause | undefined {
  const guard = guarded.exec(text);
  if (!guard) return bareClause(text);
  const clause = bareClause(guard[2] ?? "");
  return clause?.field === guard[1] && clause ? { ...clause, optional: true } : undefined;
}

/** The clauses that make a condition, if it was made of such: CEL that says more is left to files. */
export function clausesOf(cel: string): Clause[] | undefined {
  const clauses: Clause[] = [];
  try {
    for (const part of cel.split(" && ")) {
      const clause = clauseOf(part);
      if (!clause) return undefined;
      clauses.push(clause);
    }
  } catch {
    return undefined;
  }
  return celOf(clauses) === cel ? clauses : undefined; // only what would be written as it was read
}
