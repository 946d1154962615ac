import type { Organization } from "../../api/organization";

// How long the log is kept, as the server reckons it: more is in effect at once, less
// after a week, until when it can be taken back.

type Log = Organization["log"];

const day = 86_400_000;

/** How long less waits before it is in effect. */
export const wait = 7 * day;

/** A shorter time that waits. */
export interface Waiting {
  longer: number; // what is in effect until then
  shorter: number;
  from: number;
}

export function monthsWaiting({ retentionMonths, shortened }: Log, now: number): Waiting | undefined {
  const from = Date.parse(shortened?.from ?? "");
  return shortened && now < from ? { longer: shortened.effectiveMonths, shorter: retentionMonths, from } : undefined;
}

export function daysWaiting({ bodyDays, bodiesShortened }: Log, now: number): Waiting | undefined {
  const from = Date.parse(bodiesShortened?.from ?? "");
  return bodiesShortened && now < from ? { longer: bodiesShortened.effectiveDays, shorter: bodyDays, from } : undefined;
}

/** When so much, which is less than what was said before, is in effect; undefined: at once, or nothing gets less. */
export function effectOf(wanted: number, said: number, waiting: Waiting | undefined, now: number): number | undefined {
  if (wanted >= (waiting?.longer ?? said)) return undefined;
  return waiting && wanted >= said ? waiting.from : now + wait;
}

/** The beginning of the oldest month that is kept at a time. */
export function oldestMonth(months: number, at: number): number {
  const then = new Date(at);
  return Date.UTC(then.getUTCFullYear(), then.getUTCMonth() - months, 1);
}

/** From when on bodies are kept at a time. */
export const oldestBody = (days: number, months: number, at: number) => Math.max(at - days * day, oldestMonth(months, at));

/** How many of the records that were counted by month are older, and how many there are. */
export function older(counted: Map<number, number>, than: number): { gone: number; all: number } {
  let [gone, all] = [0, 0];
  for (const [from, n] of counted) {
    all += n;
    if (from < than) gone += n;
  }
  return { gone, all };
}

const dates = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" });

export const dateOf = (at: number) => dates.format(at);
