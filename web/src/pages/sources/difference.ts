import { type Change, diffLines, diffWordsWithSpace } from "diff";

/** The parts of a definition that people compare, in the order in which they matter. */
export type Part = "name" | "title" | "description" | "inputSchema" | "outputSchema" | "annotations" | "rest";

export interface Difference {
  part: Part;
  changes: Change[];
}

const texts: readonly Part[] = ["name", "title", "description"];
const parts: readonly Part[] = [...texts, "inputSchema", "outputSchema", "annotations", "rest"];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** A value with the members of its objects in order: what order they came in means nothing. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

export const printed = (value: unknown) => JSON.stringify(sorted(value), null, 2);

function partOf(definition: unknown, part: Part): string {
  if (!isObject(definition)) return part === "rest" && definition !== undefined ? printed(definition) : "";
  const value = part === "rest" ? Object.fromEntries(Object.entries(definition).filter(([key]) => !parts.some((p) => p === key))) : definition[part];
  if (value === undefined || (isObject(value) && Object.keys(value).length === 0 && part === "rest")) return "";
  return typeof value === "string" ? value : printed(value);
}

/** What differs between two definitions, part by part. */
export function difference(approved: unknown, offered: unknown): Difference[] {
  const found: Difference[] = [];
  for (const part of parts) {
    const [before, after] = [partOf(approved, part), partOf(offered, part)];
    if (before === after) continue;
    const changes = texts.includes(part) ? diffWordsWithSpace(before, after) : diffLines(before && `${before}\n`, after && `${after}\n`);
    found.push({ part, changes });
  }
  return found;
}
