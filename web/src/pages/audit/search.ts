import type { Interval, LogFilter } from "../../api/auditrecords";

// What the address of the log says: the view, the filter, and which record is open.

export const views = ["signins", "calls", "changes"] as const;
export type View = (typeof views)[number];

export const spans = ["hour", "day", "week", "month", "all", "custom"] as const;
export type Span = (typeof spans)[number];

export const viewKinds: Record<View, string[]> = {
  signins: ["authentication", "refused", "refusal_summary", "token_issued", "token_exchange", "consent", "console_sign_in", "session_end"],
  calls: ["tool_call", "resource_read", "prompt_get", "list"],
  changes: [
    "config_change",
    "revocation",
    "client_registration",
    "membership_change",
    "membership_refresh",
    "alert",
    "export",
    "body_read",
    "retention",
    "erasure",
    "log_key",
    "support_visit",
    "operator_act",
    "record_rejected",
  ],
};

const effects = ["read", "write", "destructive"] as const;
const outcomes = ["ok", "tool_error", "refused", "fault", "unknown"] as const;
export const choices = { effect: effects, outcome: outcomes };

export interface AuditSearch {
  view?: View;
  span?: Span;
  from?: string;
  to?: string;
  person?: string;
  client?: string;
  tool?: string;
  role?: string;
  text?: string;
  kind?: string[];
  effect?: (typeof effects)[number][];
  outcome?: (typeof outcomes)[number][];
  record?: string;
}

const oneOf = <T extends string>(known: readonly T[], v: unknown): T | undefined => known.find((one) => one === v);
const some = <T extends string>(known: readonly T[], v: unknown): T[] | undefined => {
  const found = Array.isArray(v) ? known.filter((one) => v.includes(one)) : [];
  return found.length > 0 ? found : undefined;
};
const word = (v: unknown): string | undefined => {
  const text = typeof v === "number" ? String(v) : v;
  return typeof text === "string" && text.trim() !== "" ? text.slice(0, 500) : undefined;
};
const instant = (v: unknown): string | undefined => (typeof v === "string" && !Number.isNaN(Date.parse(v)) ? new Date(v).toISOString() : undefined);

/** Reads an address. What it does not understand it leaves out. */
export function readSearch(raw: Record<string, unknown>): AuditSearch {
  const view = oneOf(views, raw.view);
  const read: AuditSearch = {
    view,
    span: oneOf(spans, raw.span),
    from: instant(raw.from),
    to: instant(raw.to),
    person: word(raw.person),
    client: word(raw.client),
    tool: word(raw.tool),
    role: word(raw.role),
    text: word(raw.text),
    kind: some(viewKinds[view ?? "signins"], raw.kind),
    effect: some(effects, raw.effect),
    outcome: some(outcomes, raw.outcome),
    record: word(raw.record),
  };
  return Object.fromEntries(Object.entries(read).filter(([, v]) => v !== undefined));
}

/** Whether it narrows more than the view and the time do. */
export function narrows({ person, client, tool, role, text, kind, effect, outcome }: AuditSearch): boolean {
  return [person, client, tool, role, text, kind, effect, outcome].some((v) => v !== undefined);
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const long: Record<Exclude<Span, "all" | "custom">, number> = { hour, day, week: 7 * day, month: 30 * day };

export interface Range {
  from: number;
  to: number;
}

/** The time that is asked about, as of now. Of all time it begins where the log does. */
export function rangeOf({ span = "month", from, to }: AuditSearch, now: number, first: number): Range {
  switch (span) {
    case "all":
      return { from: first, to: now };
    case "custom":
      return { from: from ? Date.parse(from) : first, to: to ? Date.parse(to) : now };
    default:
      return { from: now - long[span], to: now };
  }
}

/** Where the time that is asked about ends. */
export const endOf = ({ span, to }: AuditSearch, now: number) => (span === "custom" && to ? Date.parse(to) : now);

/** The filter that the API is asked with. */
export function filterOf(search: AuditSearch, range: Range): LogFilter {
  const { view = "signins", span = "month", person, client, tool, role, text, kind, effect, outcome } = search;
  return {
    ...(span === "all" || (span === "custom" && !search.from) ? {} : { from: new Date(range.from).toISOString() }),
    ...(span === "custom" && search.to ? { to: search.to } : {}),
    kind: kind ?? viewKinds[view],
    ...(person ? { person: [person] } : {}),
    ...(client ? { client: [client] } : {}),
    ...(tool ? { tool: [tool] } : {}),
    ...(role ? { role: [role] } : {}),
    ...(text ? { text } : {}),
    ...(effect ? { effect } : {}),
    ...(outcome ? { outcome } : {}),
  };
}

/** How long the stretches of a histogram are, so that there are some dozens. */
export function intervalOf({ from, to }: Range): Interval {
  if (to - from <= 3 * hour) return "minute";
  if (to - from <= 4 * day) return "hour";
  return to - from <= 120 * day ? "day" : "month";
}

/** Where the stretches of a range begin, and where the last one ends. */
export function stretches(range: Range, interval: Interval): number[] {
  const starts: number[] = [];
  const date = new Date(range.from);
  if (interval !== "minute") date.setUTCMinutes(0);
  date.setUTCSeconds(0, 0);
  if (interval === "day" || interval === "month") date.setUTCHours(0);
  if (interval === "month") date.setUTCDate(1);
  const length = { minute, hour, day, month: 0 }[interval];
  while (date.getTime() < range.to && starts.length < 1000) {
    starts.push(date.getTime());
    if (interval === "month") date.setUTCMonth(date.getUTCMonth() + 1);
    else date.setTime(date.getTime() + length);
  }
  return [...starts, date.getTime()];
}
