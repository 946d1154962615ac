import { bytesOf, hex, isCount, isInstant, isText, must } from "./canonical";
import { sha256 } from "./sha256";

// Keys, signed notes and checkpoints: docs/audit-format.md, "The log".

export interface Key {
  text: string;
  name: string;
  hash: string;
  public: Uint8Array<ArrayBuffer>;
}

export interface Checkpoint {
  origin: string;
  size: number;
  root: Uint8Array;
  time: string;
  clock: string;
}

export interface Succession {
  from: string;
  to: string;
  signature: string;
}

export function parseKey(text: unknown): Key | null {
  if (!isText(text)) return null;
  const [, name = "", hash = "", coded] = /^([^\p{White_Space}+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? [];
  const raw = bytesOf(coded, 33);
  if (raw?.[0] !== 1 || hex(sha256(name, "\n", raw)).slice(0, 8) !== hash) return null;
  return { text, name, hash, public: raw.slice(1) };
}

/** The browser cannot check signatures, so that it cannot say anything. */
export class Unable extends Error {}

async function signedBy(key: Key, message: string, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
  let imported: CryptoKey;
  try {
    imported = await crypto.subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") throw new Unable("this browser does not know Ed25519");
    return false; // no point of the curve
  }
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, new TextEncoder().encode(message));
}

export interface Opened {
  text: string;
  count: number;
  by: string[]; // the trusted keys that have signed it
}

export async function openNote(note: string, keys: Key[], check: string): Promise<Opened> {
  const at = note.lastIndexOf("\n\n");
  must(at >= 0 && at + 2 < note.length && note.endsWith("\n"), check, "it is no signed note");
  const text = note.slice(0, at + 1);
  const signatures = note.slice(at + 2, -1).split("\n");
  must(signatures.length <= 16, check, "it bears more than 16 signatures");
  const by: string[] = [];
  for (const line of signatures) {
    const [, name, coded] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
    const raw = bytesOf(coded);
    must(raw !== null && raw.length >= 5, check, "it is no signed note");
    for (const key of keys.filter((k) => k.name === name && k.hash === hex(raw.slice(0, 4)))) {
      must(await signedBy(key, text, raw.slice(4)), check, "a signature of a trusted key is wrong");
      by.push(key.text);
    }
  }
  must(by.length > 0, check, "no key that is trusted has signed it");
  return { text, count: signatures.length, by };
}

export function parseCheckpoint(text: string): Checkpoint | null {
  const [, origin = "", digits, coded, time = "", clock = "", ahead] = /^([^\n]*)\n(0|[1-9]\d*)\n(.*)\ntime (\S+) ([^ \n]*) (0|-?[1-9]\d*)\n$/.exec(text) ?? [];
  const size = Number(digits);
  const root = bytesOf(coded, 32);
  if (!isCount(size) || !root || !isInstant(time, 3) || (Number(ahead) | 0) !== Number(ahead)) return null;
  return { origin, size, root, time, clock };
}

/** The text of a note, whoever has signed it. */
export function textOf(note: string): string {
  return `${note.includes("\n\n") ? note.slice(0, note.lastIndexOf("\n\n")) : note}\n`;
}

/** The keys that are trusted, with those that they have named as their successors. */
export async function succeed(trusted: Key[], origin: string, chain: Succession[]): Promise<Key[]> {
  const keys = [...trusted];
  for (const [i, { from, signature, to }] of chain.entries()) {
    must(i === 0 || from === chain[i - 1]?.to, "succession", `succession ${i + 1} does not begin with the key that the one before ends with`);
    const [old, next, raw] = [parseKey(from), parseKey(to), bytesOf(signature)];
    const signed = old !== null && raw !== null && (await signedBy(old, `gatehouse key succession v1\n${origin}\n${from}\n${to}\n`, raw));
    must(signed && next !== null, "succession", `succession ${i + 1} is not signed by the key that it begins with`);
    if (keys.some((k) => k.text === from) && !keys.some((k) => k.text === to)) keys.push(next);
  }
  return keys;
}
