import { base64, bytesOf, canonical, isHash, isInstant, isList, isObject, isText, must, parse, same, Wrong } from "./canonical";
import { Answer, decide, type Filter, neededBy } from "./filter";
import { type Entry, format, type Header, leafOf, readHeader, readRecord } from "./line";
import { Lines } from "./lines";
import { type Checkpoint, type Key, openNote, parseCheckpoint, parseKey, succeed, textOf } from "./note";
import { anchor, report, type Run, type Verdict } from "./report";
import { shown } from "./shown";
import { cover, Tree } from "./tree";

// A verifier of evidence for browsers: what `gatehouse audit verify` does, written from
// docs/audit-format.md. It asks nobody, and reads a file from its beginning to its end.

/** What the reader believes, and what they have asked for. */
export interface Trust {
  keys: string[];
  checkpoint?: string;
  origin?: string;
  filter?: Filter;
  range?: [number, number];
}

/** Which no erasure takes. */
const lasting = ["at", "client", "effect", "kind", "outcome", "reason", "roles", "sealed_at", "tool"];
const slack = 60_000;

class Verifier {
  private seq: number | undefined;
  private keys: Key[];
  private inForce: string[] = [];
  private readonly own: Checkpoint | undefined;
  private readonly lines: Lines;
  private readonly trust: Trust;

  constructor(file: ReadableStream<Uint8Array>, trust: Trust) {
    const keys = trust.keys.map(parseKey).filter((key) => key !== null);
    const own = trust.checkpoint === undefined ? undefined : parseCheckpoint(textOf(trust.checkpoint));
    if (keys.length === 0 || keys.length < trust.keys.length || own === null) {
      throw new Error("without a key, or with a checkpoint that is none, nothing can be verified");
    }
    this.keys = keys;
    this.own = own;
    this.trust = trust;
    this.lines = new Lines(file);
  }

  async verdict(progress: (bytes: number) => void): Promise<Verdict> {
    try {
      const run = await this.begin();
      await this.records(run, progress);
      await this.right(run);
      const anchored = anchor(run);
      await this.manifest(run);
      return report(run, anchored, { origin: Boolean(this.trust.origin) || this.own !== undefined, range: this.trust.range !== undefined });
    } catch (error) {
      await this.lines.leave();
      if (!(error instanceof Wrong)) throw error;
      const record = this.seq === undefined ? "" : `, record ${this.seq}`;
      return { code: 1, lines: [shown(`WRONG: line ${this.lines.number}${record}: ${error.check}: ${error.message}`)] };
    }
  }

  private async begin(): Promise<Run> {
    const header = readHeader(await this.lines.next());
    this.question(header);
    const checkpoint = await this.checkpoint(header);
    const left = header.stops.filter((stop) => stop < header.from);
    const right = header.stops.filter((stop) => stop > header.to);
    const ascend = header.stops.every((stop, i) => stop > (header.stops[i - 1] ?? 0) && stop < checkpoint.size);
    const before = cover(0, header.from, left);
    const fit = header.to <= checkpoint.size && left.length + right.length === header.stops.length && before.length === header.before.length && ascend;
    must(fit, "form", "the range, the stops and the subtrees do not fit the checkpoint");
    const tree = new Tree(this.own?.size);
    before.forEach((level, i) => {
      tree.append(hashOf(header.before[i]), level);
    });
    const none = { sealed: undefined, firstSealed: undefined, matched: 0, undecided: 0, firstUndecided: 0, closed: 0, firstClosed: 0, producer: "" };
    return { header, needed: neededBy(header.filter), checkpoint, own: this.own, tree, ...none };
  }

  private question(h: Header) {
    const { origin, filter, range } = this.trust;
    const ofOrg = `/organizations/${h.org}/log`;
    must(h.origin.endsWith(ofOrg) && h.origin !== ofOrg, "origin", "the log is not that of the organization");
    must(!origin || h.origin === origin, "origin", "the file is of another log than the one you asked for");
    must(!this.own || h.origin === this.own.origin, "origin", "the file is of another log than your checkpoint");
    must(!filter || canonical(h.filter) === canonical(filter), "question", "the file answers another filter than the one you asked for");
    const asked = !range || canonical([h.from, h.to]) === canonical(range);
    must(asked, "question", `the file is of the records from ${h.from} up to, without, ${h.to}, which are not those you asked for`);
  }

  private async checkpoint(h: Header): Promise<Checkpoint> {
    this.keys = await succeed(this.keys, h.origin, h.successions);
    const signed = await openNote(h.checkpoint, this.keys, "checkpoint");
    const checkpoint = parseCheckpoint(signed.text);
    must(checkpoint?.origin === h.origin, "checkpoint", "the checkpoint is of another log than the file, or none");
    const last = h.successions.at(-1)?.to;
    const trusted = this.keys.some((key) => key.text === last);
    this.inForce = signed.by.filter((key) => key === last || !trusted);
    must(this.inForce.length > 0, "checkpoint", "the key that the successions end with has not signed it");
    must(Date.parse(checkpoint.time) - Date.parse(h.produced) <= slack, "checkpoint", "the file says that it is older than the checkpoint in it");
    if (this.trust.checkpoint === undefined) return checkpoint;
    try {
      await openNote(this.trust.checkpoint, this.keys, "checkpoint");
    } catch (error) {
      if (error instanceof Wrong) throw new Error(`your checkpoint is of no use: ${error.message}`);
      throw error;
    }
    return checkpoint;
  }

  private async records(run: Run, progress: (bytes: number) => void) {
    for (let seq = run.header.from; seq < run.header.to; seq++) {
      this.seq = seq;
      const entry = readRecord(await this.lines.next());
      must(entry.seq === seq, "order", `the line is of record ${entry.seq}`);
      judge(run, entry);
      run.tree.append(hashOf(entry.leaf));
      if (seq % 256 === 0) progress(this.lines.taken);
    }
    this.seq = undefined;
  }

  private async right({ header, checkpoint, tree }: Run) {
    const why = "it is not the line of what lies right of the range";
    const levels = cover(header.to, checkpoint.size, header.stops.filter((stop) => stop > header.to));
    const { after } = parse(await this.lines.next(), why, "after");
    must(isList(after, levels.length, isHash) && after.length === levels.length, "form", why);
    levels.forEach((level, i) => {
      tree.append(hashOf(after[i]), level);
    });
    must(same(tree.root(), checkpoint.root), "tree", "the records are not those that the checkpoint commits to");
  }

  private async manifest(run: Run) {
    const { disclosure, filter, from, org, origin, produced, to } = run.header;
    const why = "it is no line of a manifest";
    const { manifest: note } = parse(await this.lines.next(), why, "manifest");
    must(isText(note), "form", why);
    const { text, count, by } = await openNote(note, this.keys, "manifest");
    const digest = base64(this.lines.digest());
    must(by.some((key) => this.inForce.includes(key)), "manifest", "it is signed by a key that was not in force at the file's checkpoint");
    must(text.startsWith(`${format}\n{"digest":"${digest}"`), "manifest", "it was signed for other lines than those before it");
    const producer = producerOf(text.slice(format.length));
    const { matched, undecided, checkpoint } = run;
    const said = { digest, disclosure, filter, from, matched, org, origin, produced, producer, sealed: checkpoint.time, size: checkpoint.size, to, undecided };
    const short = isText(producer) && new TextEncoder().encode(producer).length <= 256;
    must(short && count === 1 && text === `${format}\n${canonical(said)}\n`, "manifest", "it does not say what the file holds");
    run.producer = producer;
    must(await this.lines.ended(), "end", "something follows the manifest");
  }
}

const hashOf = (text: string | undefined): Uint8Array => bytesOf(text, 32) ?? new Uint8Array(32);

function producerOf(json: string): unknown {
  try {
    const said: unknown = JSON.parse(json);
    return isObject(said) ? said.producer : undefined;
  } catch {
    return undefined; // then it is no text
  }
}

/** Holds a record to its leaf, to the time and to the filter. */
function judge(run: Run, { seq, leaf, told }: Entry) {
  const { org, disclosure, filter, from } = run.header;
  if (!told) {
    must(disclosure === "matches" && run.needed.length > 0, "filter", "nothing of the record is told, so that the filter cannot be run");
    return;
  }
  const { fields } = told;
  must(leafOf(org, told) === leaf, "leaf", "the fields do not make the record's leaf");
  const [made, sealed] = [fields.get("at"), fields.get("sealed_at")];
  for (const instant of [made, sealed]) must(instant === undefined || isInstant(instant), "time", "an instant is not spelled as instants are");
  if (isText(sealed)) {
    must(!(isText(made) && sealed < made), "time", "the record was made after it was sealed");
    must(!(run.sealed !== undefined && sealed < run.sealed), "time", "the record was sealed before one that precedes it");
    if (seq === from) run.firstSealed = sealed;
    run.sealed = sealed;
  }
  const answer = decide(filter, fields);
  if (answer === Answer.Unknown && run.undecided++ === 0) run.firstUndecided = seq;
  if (answer === Answer.Yes) {
    run.matched++;
    if ([...fields.values()].includes(undefined) && run.closed++ === 0) run.firstClosed = seq;
  }
  must(answer !== Answer.No || disclosure !== "matches", "filter", "the record does not match, and is told of");
  const hidden = disclosure === "filter" ? run.needed.find((name) => lasting.includes(name) && fields.has(name) && fields.get(name) === undefined) : undefined;
  must(hidden === undefined, "filter", `${String(hidden)} is closed, which the filter needs and no erasure takes`);
}

/** Verifies a file. It fails where there is no verdict: no key, a checkpoint of no use, a file that cannot be read. */
export async function verify(file: ReadableStream<Uint8Array>, trust: Trust, progress: (bytes: number) => void = () => undefined): Promise<Verdict> {
  return new Verifier(file, trust).verdict(progress);
}
