import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { operations } from "./schema";

export type Span = "day" | "week" | "month";

type Filter = NonNullable<operations["listLogCounts"]["parameters"]["query"]>;

/** How many records there are in each stretch of a span, the earliest first, with those that have none. */
export interface Series {
  stretches: { from: string; count: number }[];
  total: number;
  partial: boolean;
}

const hour = 3_600_000;
const shape: Record<Span, { interval: "hour" | "day"; length: number; stretches: number }> = {
  day: { interval: "hour", length: hour, stretches: 24 },
  week: { interval: "day", length: 24 * hour, stretches: 7 },
  month: { interval: "day", length: 24 * hour, stretches: 30 },
};

/** Requests that one series may take; each counts 20,000 records. */
const patience = 10;

/** What is counted. An intent has no outcome, so that a call counts once. */
const counted = {
  calls: { kind: ["tool_call"], outcome: ["ok", "tool_error", "fault", "unknown"] },
  refusals: { outcome: ["refused"] },
} satisfies Record<string, Filter>;

export type Counted = keyof typeof counted;

export const countsQuery = (org: string, what: Counted, span: Span) =>
  queryOptions({
    queryKey: [org, "log", "counts", what, span],
    queryFn: ({ signal }) => count(org, counted[what], span, signal),
    refetchInterval: 60_000,
  });

/** Where a span begins: at the beginning of a stretch, by UTC. */
export function beginning(span: Span, now: number): number {
  const { length, stretches } = shape[span];
  return Math.floor(now / length) * length - (stretches - 1) * length;
}

async function count(org: string, filter: Filter, span: Span, signal: AbortSignal): Promise<Series> {
  const { interval, length, stretches } = shape[span];
  const from = beginning(span, Date.now());
  const found = new Map<number, number>();
  let cursor: string | undefined;
  for (let asked = 0; asked < patience; asked++) {
    const page = await answer(
      client.GET("/api/organizations/{org}/log/counts", {
        params: { path: { org }, query: { ...filter, from: new Date(from).toISOString(), interval, cursor } },
        signal,
      }),
    );
    for (const item of page.items) {
      const at = Date.parse(item.from);
      found.set(at, (found.get(at) ?? 0) + item.count);
    }
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  const all = Array.from({ length: stretches }, (_, i) => {
    const at = from + i * length;
    return { from: new Date(at).toISOString(), count: found.get(at) ?? 0 };
  });
  return { stretches: all, total: all.reduce((sum, s) => sum + s.count, 0), partial: cursor !== undefined };
}
