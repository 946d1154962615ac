import { canonical, must, same } from "./canonical";
import type { Header } from "./line";
import type { Checkpoint } from "./note";
import { shown } from "./shown";
import type { Tree } from "./tree";

/** What was come upon on the way through a file. */
export interface Run {
  header: Header;
  needed: string[];
  checkpoint: Checkpoint;
  own: Checkpoint | undefined; // that the reader holds
  tree: Tree;
  sealed: string | undefined;
  firstSealed: string | undefined;
  matched: number;
  undecided: number;
  firstUndecided: number;
  closed: number;
  firstClosed: number;
  producer: string;
}

/** Exit codes of gatehouse audit verify: everything is proven; something is wrong; not everything could be checked; no verdict. */
export type Code = 0 | 1 | 2 | 3;

export interface Verdict {
  code: Code;
  lines: string[];
}

const slack = 60_000;

interface Anchor {
  whole: boolean; // all of it is anchored
  lines: string[];
}

/** Compares the file with the checkpoint that the reader holds. */
export function anchor({ own, checkpoint, header, tree }: Run): Anchor {
  const never = "NOT ANCHORED: the operator could have rewritten this";
  if (!own) return { whole: false, lines: [never, "not checked: later history: give --checkpoint, one that left the operator's hands"] };
  const since = `anchored since ${own.time}: `;
  const { size } = own;
  const younger = Math.max(Date.parse(checkpoint.time), Date.parse(header.produced)) - Date.parse(own.time);
  must(size <= checkpoint.size || younger <= slack, "anchor", `the log was rolled back: the file is younger than your checkpoint, and knows ${checkpoint.size} records, not ${size}`);
  const unchecked = "not checked against your checkpoint: ";
  if (size > checkpoint.size) return { whole: false, lines: [`${unchecked}it is of ${size} records, and the file knows ${checkpoint.size}; export again, or give an earlier one`, never] };
  if (!tree.seen) return { whole: false, lines: [`${unchecked}the file does not lead to ${size} records; export again with that stop`, never] };
  must(same(tree.seen, own.root), "anchor", `the log was rewritten: its first ${size} records are not those of your checkpoint`);
  if (size >= header.to) return { whole: true, lines: [`${since}your checkpoint of ${size} records commits to all of them`] };
  if (size <= header.from) return { whole: false, lines: [`${since}the history before record ${size}, and none of these records`, never] };
  return { whole: false, lines: [`${since}records before ${size}, to which your checkpoint commits`, `${never}: records from ${size} on, which are younger than your checkpoint`] };
}

function completeness({ header: { disclosure, filter, from, to }, needed, undecided, firstUndecided, checkpoint, sealed, firstSealed }: Run): string {
  const atEnd = to === checkpoint.size;
  if (disclosure === "matches" && needed.length > 0) return "not proven: the file tells nothing of records that do not match";
  if (undecided > 0) return `not proven: of ${undecided} records a field that the filter needs is closed, erased or withheld; the first is record ${firstUndecided}`;
  if (!filter.from && !filter.to) return "proven: every record of the range that matches is in the file";
  if (from > 0 && !before(firstSealed, filter.from)) return "not proven: records before the range may have been made in the filter's time";
  if (!atEnd && !reaches(sealed, filter.to)) return "not proven: records after the range may have been made in the filter's time";
  const word = "; that none before the range was sealed later than its first is the sealer's word, which only a file from record 0 on shows";
  return `proven: every record that matches and was sealed before ${atEnd ? checkpoint.time : String(sealed)} is in the file${from === 0 ? "" : word}`;
}

const before = (sealed: string | undefined, from: string | undefined) => sealed !== undefined && from !== undefined && sealed < from;
const reaches = (sealed: string | undefined, to: string | undefined) => sealed !== undefined && to !== undefined && sealed >= to;

export interface Known {
  origin: boolean;
  range: boolean;
}

/** Says what is proven of a file in which nothing is wrong. */
export function report(run: Run, { whole, lines: anchors }: Anchor, known: Known): Verdict {
  const { header: h, checkpoint, matched, closed, needed } = run;
  const { from, to } = h;
  const { size } = checkpoint;
  const complete = completeness(run);
  const timed = Boolean(h.filter.from) || Boolean(h.filter.to);
  const chosen = to - from < size && !timed && !known.range;
  const some = closed > 0 ? `; ${closed} of them with closed fields, erased or withheld; the first is record ${run.firstClosed}` : "";
  const proven = complete.startsWith("proven") && known.origin && whole && !chosen;
  const lines = [
    `log:      ${h.origin}`,
    `filter:   ${needed.length > 0 ? canonical(h.filter) : "none: every record"}`,
    `range:    ${from === to ? `no record, at ${from}` : `records ${from} to ${to - 1}`} of ${size}`,
    `matching: ${matched} of ${to - from} records${some}`,
    `sealed:   up to ${checkpoint.time} by the clock ${checkpoint.clock}`,
    `produced: ${h.produced} by ${run.producer}`,
    "proven: the log holds these records as they are in the file, in this order, and none between them",
    `completeness: ${complete}`,
  ];
  if (chosen) {
    lines.push(
      `not shown: ${from} records before the range and ${size - to} behind it; if they are not those you asked for, ask whoever made the file; if they are, give --from ${from} --to ${to}`,
    );
  }
  if (!known.origin) lines.push("not checked: whose log this is: give --origin, or a checkpoint");
  lines.push(...anchors, proven ? `PROVEN: ${whatOf(run)}` : "SOUND, BUT NOT EVERYTHING COULD BE CHECKED");
  return { code: proven ? 0 : 2, lines: lines.map(shown) };
}

function whatOf({ header: { from, to }, checkpoint: { size }, needed }: Run): string {
  if (from === to) return `of no record at all, at ${from} of ${size}`;
  const which = to - from === size ? "all" : `records ${from} to ${to - 1} of`;
  return `of ${needed.length > 0 ? "what matches the filter" : "every record"} of ${which} ${size}`;
}

