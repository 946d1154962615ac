import { base64, bytesOf, commitment, isCount, isHash, isInstant, isList, isObject, isText, isUUID, must, parse, type Thing, Wrong } from "./canonical";
import { type Fields, type Filter, isFilter } from "./filter";
import { parseKey, type Succession } from "./note";
import { sha256 } from "./sha256";

// The lines of a file: docs/audit-format.md, "The file".

export const format = "gatehouse evidence v1";

export interface Header {
  org: string;
  origin: string;
  from: number;
  to: number;
  filter: Filter;
  disclosure: "filter" | "matches";
  checkpoint: string;
  successions: Succession[];
  produced: string;
  stops: number[];
  before: string[];
}

export interface Entry {
  seq: number;
  leaf: string;
  told: { names: string[]; fields: Fields; salts: Map<string, Uint8Array>; closed: Thing } | undefined; // undefined: a bare line
}

const isSuccession = (s: unknown): s is Succession =>
  isObject(s) && Object.keys(s).sort().join(" ") === "from signature to" && parseKey(s.from) !== null && bytesOf(s.signature) !== null && parseKey(s.to) !== null;

export function readHeader(line: Uint8Array): Header {
  const why = `it is no header of ${format}`;
  const h = parse(line, why, "before checkpoint disclosure filter format from org origin produced stops successions to");
  const { before, checkpoint, disclosure, filter, from, org, origin, produced, stops, successions, to } = h;
  const odd = new Wrong("form", why);
  if (h.format !== format || !isList(before, Infinity, isHash) || !isText(checkpoint) || !isFilter(filter) || !isCount(from) || !isCount(to) || from > to) throw odd;
  if (disclosure !== "filter" && disclosure !== "matches") throw odd;
  if (!isUUID(org) || !/[1-9a-f]/.test(org) || !isText(origin) || !isInstant(produced) || !isList(stops, 64, isCount) || !isList(successions, 256, isSuccession)) throw odd;
  return { before, checkpoint, disclosure, filter, from, org, origin, produced, stops, successions, to };
}

const isPlain = (v: unknown) => isText(v) && !/[\0-\x1f]/.test(v);
const isValue = (v: unknown) => typeof v === "boolean" || isCount(v) || (Array.isArray(v) ? v : [v]).every(isPlain);

export function readRecord(line: Uint8Array): Entry {
  const why = "it is no line of a record";
  const { seq, leaf, open, closed } = parse(line, why, "leaf seq", "closed leaf open seq");
  must(isCount(seq) && isHash(leaf), "form", why);
  if (open === undefined) return { seq, leaf, told: undefined };
  must(isObject(open) && isObject(closed) && Object.values(closed).every(isHash), "form", why);
  const fields: Fields = new Map();
  const salts = new Map<string, Uint8Array>();
  for (const [name, pair] of Object.entries(open)) {
    const salt = Array.isArray(pair) && pair.length === 2 ? bytesOf(pair[0], 16) : null;
    const value: unknown = Array.isArray(pair) ? pair[1] : undefined;
    must(salt !== null && isValue(value), "form", why);
    fields.set(name, value);
    salts.set(name, salt);
  }
  for (const name of Object.keys(closed)) {
    must(!fields.has(name), "form", why);
    fields.set(name, undefined);
  }
  must(fields.size > 0, "form", why);
  return { seq, leaf, told: { names: [...fields.keys()].sort(), fields, salts, closed } };
}

/** The leaf that the fields of a record make. */
export function leafOf(org: string, { names, fields, salts, closed }: NonNullable<Entry["told"]>): string {
  must(names.length <= 128 && names.every((name) => /^[a-z0-9_]+$/.test(name)), "form", "it is no line of a record");
  const entry = names.map((name) => {
    const salt = salts.get(name);
    return `${name} ${salt ? base64(commitment(name, salt, fields.get(name))) : String(closed[name])}\n`;
  });
  return base64(sha256("\0gatehouse record v1\n", org, "\n", ...entry));
}
