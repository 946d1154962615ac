import { spans, type Span } from "../../api/usage";

export const usualSpan: Span = "month";

/** Reads from an address over which time the overview reaches; the usual one is left out of it. */
export function readSpan(search: Record<string, unknown>): { span?: Span } {
  const span = spans.find((known) => known === search.span);
  return span && span !== usualSpan ? { span } : {};
}

const days = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", timeZone: "UTC" });
const hours = new Intl.DateTimeFormat("en-US", { hour: "numeric", timeZone: "UTC" });

/** What a stretch of a span is called. */
export const stretchName = (span: Span, from: string) => (span === "day" ? hours : days).format(new Date(from));

/** A duration with as many digits as it is worth. */
export function milliseconds(ms: number): string {
  if (ms >= 999.5) return `${(ms / 1000).toLocaleString("en-US", { maximumSignificantDigits: 2 })} s`;
  return `${ms.toLocaleString("en-US", { maximumSignificantDigits: ms < 10 ? 2 : 3, maximumFractionDigits: ms < 10 ? 1 : 0, roundingPriority: "lessPrecision" })} ms`;
}
