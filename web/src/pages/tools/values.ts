import { tryIt as said } from "../../messages/tools";
import type { Member, Shape } from "./schema";

/** What a form holds: texts as they were typed, and what is made of them. An absent one was not given. */
export type Value = string | Value[] | { [name: string]: Value };

export type Problems = Record<string, string>; // by path

/** What was typed into a field that is a single one. */
export const typed = (value: Value) => (typeof value === "string" ? value : "");

const isFields = (value: Value | undefined): value is { [name: string]: Value } => typeof value === "object" && !Array.isArray(value);

/** The value that a form begins with. */
export function initial(shape: Shape, from?: unknown): Value {
  switch (shape.kind) {
    case "object": {
      const given = typeof from === "object" && from !== null && !Array.isArray(from) ? Object.entries(from) : [];
      return Object.fromEntries(shape.fields.map((f) => [f.name, initial(f.shape, given.find(([name]) => name === f.name)?.[1] ?? f.fallback)]));
    }
    case "list":
      return Array.isArray(from) ? from.map((item: unknown) => initial(shape.of, item)) : [];
    case "text":
      return typeof from === "string" ? from : "";
    case "number":
    case "boolean":
    case "choice":
    case "json":
      return from === undefined ? "" : JSON.stringify(from);
  }
}

/** The part of a form's value that a field has. */
export const partOf = (value: Value | undefined, name: string): Value => (isFields(value) ? (value[name] ?? "") : "");

export const withPart = (value: Value | undefined, name: string, part: Value): Value => ({ ...(isFields(value) ? value : {}), [name]: part });

/** Arguments made of what was typed, and what is wrong with it, field by field. */
export function built(fields: Member[], value: Value): { args: Record<string, unknown>; problems: Problems } {
  const problems: Problems = {};
  const args = object(fields, value, "", problems);
  return { args, problems };
}

function object(fields: Member[], value: Value, path: string, problems: Problems): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { name, required, shape } of fields) {
    const at = `${path}/${name}`;
    const part = partOf(value, name);
    const made = isEmpty(shape, part) && !(required && shape.kind === "object") ? undefined : one(shape, part, at, problems);
    if (made !== undefined) out[name] = made;
    else if (required && shape.kind === "list") out[name] = [];
    else if (required && problems[at] === undefined) problems[at] = said.required;
  }
  return out;
}

/** Whether nothing was typed into a field or below it. */
function isEmpty(shape: Shape, value: Value): boolean {
  if (typeof value === "string") return value.trim() === "";
  if (Array.isArray(value)) return value.length === 0;
  return shape.kind === "object" && shape.fields.every((f) => isEmpty(f.shape, partOf(value, f.name)));
}

function one(shape: Shape, value: Value, at: string, problems: Problems): unknown {
  switch (shape.kind) {
    case "object":
      return object(shape.fields, value, at, problems);
    case "list":
      return Array.isArray(value) ? value.map((item, i) => one(shape.of, item, `${at}/${i}`, problems)) : [];
    case "text":
      return text(shape, typed(value), at, problems);
    case "number":
      return number(shape, typed(value), at, problems);
    case "boolean":
    case "choice":
    case "json":
      return parsed(typed(value), at, problems);
  }
}

function text(shape: Shape & { kind: "text" }, words: string, at: string, problems: Problems): string {
  if (shape.min !== undefined && words.length < shape.min) problems[at] = said.tooShort(shape.min);
  if (shape.max !== undefined && words.length > shape.max) problems[at] = said.tooLong(shape.max);
  return words;
}

function number(shape: Shape & { kind: "number" }, words: string, at: string, problems: Problems): number {
  const n = Number(words);
  if (words.trim() === "" || !Number.isFinite(n)) problems[at] = said.notNumber;
  else if (shape.whole && !Number.isInteger(n)) problems[at] = said.notWhole;
  else if (Number.isInteger(n) ? !Number.isSafeInteger(n) : isImprecise(words)) problems[at] = said.imprecise;
  else if (shape.min !== undefined && n < shape.min) problems[at] = said.atLeast(shape.min);
  else if (shape.max !== undefined && n > shape.max) problems[at] = said.atMost(shape.max);
  return n;
}

function parsed(words: string, at: string, problems: Problems): unknown {
  try {
    const value: unknown = JSON.parse(words);
    if (isImprecise(words)) problems[at] = said.imprecise;
    return value;
  } catch {
    problems[at] = said.notJson;
    return undefined;
  }
}

/** Whether JSON has a number that would be another one here. */
function isImprecise(json: string): boolean {
  const numbers = json.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? [];
  return numbers.some((digits) => digitsOf(digits) !== digitsOf(String(Number(digits))));
}

/** What a number in decimal says, however it is written: its digits without zeros around them, and where the point is. */
function digitsOf(written: string): string {
  const [, sign = "", whole = "", part = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written) ?? [];
  const digits = (whole + part).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "0" : `${sign}${kept}e${Number(power) - part.length + digits.length - kept.length}`;
}

/** Arguments that were typed as JSON. */
export function readArguments(words: string): { args: Record<string, unknown> } | { problem: string } {
  try {
    const value: unknown = JSON.parse(words);
    if (isImprecise(words)) return { problem: said.imprecise };
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { args: Object.fromEntries(Object.entries(value)) };
    return { problem: said.notObject };
  } catch {
    return { problem: said.notJson };
  }
}
