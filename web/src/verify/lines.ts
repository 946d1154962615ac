import { must } from "./canonical";
import { Sha256 } from "./sha256";

const most = 2 ** 20;
const newline = Uint8Array.of(10);

/** The lines of a file that arrives in pieces. Only the piece and the line that are being read are in memory. */
export class Lines {
  number = 0;
  taken = 0; // bytes that have arrived
  private line: Uint8Array = new Uint8Array();
  private rest: Uint8Array = new Uint8Array();
  private readonly pieces: ReadableStreamDefaultReader<Uint8Array>;
  private readonly before = new Sha256(); // of the lines before the current one

  constructor(file: ReadableStream<Uint8Array>) {
    this.pieces = file.getReader();
  }

  async next(): Promise<Uint8Array> {
    if (this.number++ > 0) this.before.update(this.line).update(newline);
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const end = this.rest.indexOf(10);
      const part = end < 0 ? this.rest : this.rest.subarray(0, end);
      parts.push(part);
      length += part.length;
      must(length <= most, "form", `the line is longer than ${most} bytes`);
      if (end >= 0) {
        this.rest = this.rest.subarray(end + 1);
        break;
      }
      must(await this.fill(), "end", length > 0 ? "the file ends within a line" : "the file ends before its manifest");
    }
    const [only] = parts;
    this.line = parts.length === 1 && only ? only : joined(parts, length);
    return this.line;
  }

  /** The hash of all lines before the current one, once. */
  digest(): Uint8Array {
    return this.before.digest();
  }

  async ended(): Promise<boolean> {
    while (this.rest.length === 0) if (!(await this.fill())) return true;
    return false;
  }

  async leave() {
    await this.pieces.cancel();
  }

  private async fill(): Promise<boolean> {
    const { done, value } = await this.pieces.read();
    this.rest = value ?? new Uint8Array();
    this.taken += this.rest.length;
    return !done;
  }
}

function joined(parts: Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
