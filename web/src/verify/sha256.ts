/**
 * SHA-256 (FIPS 180-4) that goes on from piece to piece. WebCrypto hashes only what it
 * is given whole, and a file of evidence need not fit into memory.
 */
const rounds = new Uint32Array(64);
const initial = new Uint32Array(8);

// The constants are the first bits of the fractional parts of roots of primes.
for (let n = 2, found = 0; found < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) prime = prime && n % d !== 0;
  if (!prime) continue;
  if (found < 8) initial[found] = fraction(Math.sqrt(n));
  rounds[found++] = fraction(Math.cbrt(n));
}

function fraction(x: number): number {
  return ((x - Math.floor(x)) * 2 ** 32) >>> 0;
}

export class Sha256 {
  private readonly state = initial.slice();
  private readonly block = new Uint8Array(64);
  private readonly words = new Int32Array(64);
  private filled = 0;
  private length = 0;

  update(piece: Uint8Array): this {
    this.length += piece.length;
    let at = 0;
    while (at < piece.length) {
      const taken = Math.min(64 - this.filled, piece.length - at);
      this.block.set(piece.subarray(at, at + taken), this.filled);
      this.filled += taken;
      at += taken;
      if (this.filled === 64) this.compress();
    }
    return this;
  }

  /** The hash of all pieces. Nothing can be added afterwards. */
  digest(): Uint8Array<ArrayBuffer> {
    const { length } = this;
    this.update(Uint8Array.of(0x80));
    if (this.filled > 56) this.update(new Uint8Array(64 - this.filled));
    this.block.fill(0, this.filled);
    const view = new DataView(this.block.buffer);
    view.setUint32(56, Math.floor(length / 2 ** 29));
    view.setUint32(60, (length * 8) >>> 0);
    this.compress();
    const out = new Uint8Array(32);
    const written = new DataView(out.buffer);
    this.state.forEach((word, i) => {
      written.setUint32(i * 4, word);
    });
    return out;
  }

  private compress() {
    const { words: w, block } = this;
    this.filled = 0;
    for (let i = 0; i < 16; i++) w[i] = (at(block, 4 * i) << 24) | (at(block, 4 * i + 1) << 16) | (at(block, 4 * i + 2) << 8) | at(block, 4 * i + 3);
    for (let i = 16; i < 64; i++) {
      const early = at(w, i - 15);
      const late = at(w, i - 2);
      const small0 = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
      const small1 = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
      w[i] = (at(w, i - 16) + small0 + at(w, i - 7) + small1) | 0;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = this.state;
    for (let i = 0; i < 64; i++) {
      const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + at(rounds, i) + at(w, i)) | 0;
      const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => {
      this.state[i] = at(this.state, i) + word;
    });
  }
}

const at = (list: Uint8Array | Int32Array | Uint32Array, i: number): number => list[i] ?? 0;
const turn = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

const encoder = new TextEncoder();

/** The hash of some bytes and texts, one after another. */
export function sha256(...parts: (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  const hash = new Sha256();
  for (const part of parts) hash.update(typeof part === "string" ? encoder.encode(part) : part);
  return hash.digest();
}
