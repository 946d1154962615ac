import { isInstant, isList, isObject, isText, isUUID } from "./canonical";

// The filter of an export, run again: docs/audit-format.md, "Filters".

export interface Filter {
  from?: string;
  to?: string;
  text?: string;
  people?: string[];
  clients?: string[];
  effects?: string[];
  kinds?: string[];
  outcomes?: string[];
  roles?: string[];
  tools?: string[];
}

/** The fields of a record. One that is closed is there, and undefined. */
export type Fields = Map<string, unknown>;

/** Ordered, so that of several the least or the greatest counts. */
export const Answer = { No: 0, Unknown: 1, Yes: 2 } as const;

const lists = [
  ["clients", "client"],
  ["effects", "effect"],
  ["kinds", "kind"],
  ["outcomes", "outcome"],
  ["roles", "roles"],
  ["tools", "tool"],
] as const;
const texts = ["actor_name", "client", "detail", "reason", "target", "tool"];
const people = ["actor_oid", "subject_oid"];

const size = (text: string) => new TextEncoder().encode(text).length;
const isEntry = (v: unknown): v is string => isText(v) && v !== "" && size(v) <= 512 && !/[\0-\x1f\x7f]/.test(v);

export function isFilter(f: unknown): f is Filter {
  if (!isObject(f) || (isText(f.from) && isText(f.to) && f.from >= f.to)) return false;
  return Object.entries(f).every(([name, v]) => {
    if (name === "from" || name === "to") return isInstant(v);
    if (name === "text") return isEntry(v);
    const known = name === "people" || lists.some(([member]) => member === name);
    return known && isList(v, 100, name === "people" ? isUUID : isEntry) && v.length > 0;
  });
}

/** The fields that a filter needs, in order. */
export function neededBy(f: Filter): string[] {
  const needed = lists.filter(([member]) => f[member]).map(([, field]): string => field);
  if (f.from || f.to) needed.push("at", "sealed_at");
  if (f.people) needed.push(...people);
  if (f.text) needed.push(...texts);
  return [...new Set(needed)].sort();
}

// Capital letters: from, to, how far away the small one is, and every how many.
const capitals = [
  [0x41, 0x5a, 32, 1],
  [0xc0, 0xd6, 32, 1],
  [0xd8, 0xde, 32, 1],
  [0x391, 0x3a1, 32, 1],
  [0x3a3, 0x3a9, 32, 1],
  [0x400, 0x40f, 80, 1],
  [0x410, 0x42f, 32, 1],
  [0x100, 0x12f, 1, 2],
  [0x132, 0x137, 1, 2],
  [0x139, 0x148, 1, 2],
  [0x14a, 0x177, 1, 2],
  [0x178, 0x178, -121, 1],
  [0x179, 0x17e, 1, 2],
] as const;

function fold(text: string): string {
  return Array.from(text, (char) => {
    const code = char.codePointAt(0) ?? 0;
    const row = capitals.find(([from, to, , step]) => from <= code && code <= to && (code - from) % step === 0);
    return String.fromCodePoint(code + (row?.[2] ?? 0));
  }).join("");
}

/** Whether a filter holds of a record. */
export function decide(f: Filter, fields: Fields): number {
  const ask = (name: string, holds: (v: unknown) => boolean): number => {
    if (!fields.has(name)) return Answer.No;
    const value = fields.get(name);
    if (value === undefined) return Answer.Unknown;
    return holds(value) ? Answer.Yes : Answer.No;
  };
  const any = (names: string[], holds: (v: unknown) => boolean): number => Math.max(...names.map((name) => ask(name, holds)));
  const answers: number[] = [Answer.Yes];
  const { from, to, text, people: ids } = f;
  if (from || to) answers.push(ask("at", (at) => isText(at) && !(from && at < from) && !(to && at >= to)));
  if (ids) answers.push(any(people, (oid) => isText(oid) && ids.includes(oid)));
  for (const [member, field] of lists) {
    const wanted: unknown[] | undefined = f[member];
    if (wanted) answers.push(ask(field, (v) => [v].flat().some((one) => wanted.includes(one))));
  }
  if (text) {
    const folded = fold(text);
    answers.push(any(texts, (v) => isText(v) && fold(v).includes(folded)));
  }
  return Math.min(...answers);
}
