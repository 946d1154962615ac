import { sha256 } from "./sha256";

// What a file of evidence is spelled in: docs/audit-format.md, "The file".

/** Something is wrong with the file, by one of the checks that the format names. */
export class Wrong extends Error {
  readonly check: string;

  constructor(check: string, why: string) {
    super(why);
    this.check = check;
  }
}

export function must(holds: boolean, check: string, why: string): asserts holds {
  if (!holds) throw new Wrong(check, why);
}

export type Thing = Record<string, unknown>;

export const isText = (v: unknown): v is string => typeof v === "string";
export const isCount = (v: unknown): v is number => Number.isSafeInteger(v) && Number(v) >= 0;
export const isObject = (v: unknown): v is Thing => v !== null && typeof v === "object" && !Array.isArray(v);
export const isList = <T>(v: unknown, most: number, of: (one: unknown) => one is T): v is T[] => Array.isArray(v) && v.length <= most && v.every(of);
export const isUUID = (v: unknown): v is string => isText(v) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(v);
export const isHash = (v: unknown): v is string => bytesOf(v, 32) !== null;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function base64(raw: Uint8Array): string {
  return btoa(Array.from(raw, (byte) => String.fromCharCode(byte)).join(""));
}

/** The bytes of base64 in its one spelling, or null. */
export function bytesOf(text: unknown, length?: number): Uint8Array<ArrayBuffer> | null {
  if (!isText(text) || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const raw = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  if (length !== undefined && raw.length !== length) return null;
  const over = raw.length % 3; // bits that no byte takes are 0
  const last = alphabet.indexOf(text.replace(/=+$/, "").slice(-1));
  return (over === 1 && last % 16 !== 0) || (over === 2 && last % 4 !== 0) ? null : raw;
}

export const hex = (raw: Uint8Array): string => Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Whether it is an instant: with six digits after the second, of checkpoints with three. */
export function isInstant(v: unknown, digits: 3 | 6 = 6): v is string {
  if (!isText(v) || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/.test(v) || v.length !== 21 + digits) return false;
  const time = Date.parse(`${v.slice(0, 23)}Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(v.slice(0, 23)) && (digits === 3 || v >= "1970");
}

/** The one spelling of a value (RFC 8785). */
export function canonical(v: unknown): string {
  if (Array.isArray(v)) return `[${v.map(canonical).join(",")}]`;
  if (isObject(v)) {
    const members = Object.keys(v).sort().map((name) => `${canonical(name)}:${canonical(v[name])}`);
    return `{${members.join(",")}}`;
  }
  if (isText(v) && /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(v)) throw new Error("half a character");
  return JSON.stringify(v);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a line that is the canonical form of an object with the members of one of the shapes. */
export function parse(line: Uint8Array, why: string, ...shapes: string[]): Thing {
  try {
    const text = decoder.decode(line);
    const v: unknown = JSON.parse(text);
    if (isObject(v) && canonical(v) === text && shapes.includes(Object.keys(v).sort().join(" "))) return v;
  } catch {
    // it is not, either
  }
  throw new Wrong("form", why);
}

/** The commitment to a field of a record. */
export function commitment(name: string, salt: Uint8Array, value: unknown): Uint8Array<ArrayBuffer> {
  return sha256("gatehouse field v1\n", salt, name, "\0", canonical(value));
}
