import { sha256 } from "./sha256";

const node = Uint8Array.of(1);

/** The tree of RFC 6962 §2.1, grown from left to right. */
export class Tree {
  size = 0;
  seen: Uint8Array | undefined; // its root, when it had the size that is watched for
  private readonly parts: { level: number; hash: Uint8Array }[] = []; // whole subtrees, the largest first
  private readonly watched: number | undefined;

  constructor(watched: number | undefined) {
    this.watched = watched;
    this.look();
  }

  append(hash: Uint8Array, level = 0) {
    this.size += 2 ** level;
    let joined = hash;
    let height = level;
    for (let last = this.parts.at(-1); last?.level === height; last = this.parts.at(-1)) {
      joined = sha256(node, last.hash, joined);
      this.parts.pop();
      height++;
    }
    this.parts.push({ level: height, hash: joined });
    this.look();
  }

  root(): Uint8Array {
    if (this.parts.length === 0) return sha256();
    return this.parts.map((part) => part.hash).reduceRight((right, left) => sha256(node, left, right));
  }

  private look() {
    if (this.size === this.watched) this.seen = this.root();
  }
}

/** The levels of the subtrees that stand for the leaves from..to-1 without reaching over a stop. */
export function cover(from: number, to: number, stops: number[]): number[] {
  const levels: number[] = [];
  let at = from;
  for (const end of [...stops, to]) {
    while (at < end) {
      let level = 0;
      while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= end) level++;
      levels.push(level);
      at += 2 ** level;
    }
  }
  return levels;
}
