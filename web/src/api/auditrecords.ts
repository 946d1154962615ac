import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components, operations } from "./schema";

export type LogRecord = components["schemas"]["LogRecord"];
export type CallBodies = components["schemas"]["CallBodies"];

/** What is asked of the log, by the names of searchLog. */
export type LogFilter = Omit<NonNullable<operations["searchLog"]["parameters"]["query"]>, "limit" | "cursor">;
export type Interval = NonNullable<NonNullable<operations["listLogCounts"]["parameters"]["query"]>["interval"]>;

/** That the log was read is in the log, so it is read when somebody asks, and not by itself. */
const asked = { refetchOnWindowFocus: false, refetchOnReconnect: false, staleTime: Infinity } as const;

/** Records that match, the last sealed first, two hundred a page. */
export const recordsQuery = (org: string, filter: LogFilter) =>
  infiniteQueryOptions({
    queryKey: [org, "log", "records", filter],
    queryFn: ({ pageParam, signal }) =>
      answer(client.GET("/api/organizations/{org}/log/records", { params: { path: { org }, query: { ...filter, limit: 200, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    ...asked,
  });

export const recordQuery = (org: string, id: string) =>
  queryOptions({
    queryKey: [org, "log", "record", id],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}/log/records/{id}", { params: { path: { org, id } }, signal })),
    ...asked,
  });

export interface Counts {
  found: Map<number, number>; // by when a stretch begins
  partial: boolean;
}

/** Requests that one histogram may take. */
const patience = 10;

export const logCountsQuery = (org: string, filter: LogFilter, interval: Interval) =>
  queryOptions({
    queryKey: [org, "log", "histogram", filter, interval],
    queryFn: async ({ signal }): Promise<Counts> => {
      const found = new Map<number, number>();
      let cursor: string | undefined;
      for (let asks = 0; asks < patience; asks++) {
        const query = { ...filter, interval, cursor };
        const page = await answer(client.GET("/api/organizations/{org}/log/counts", { params: { path: { org }, query }, signal }));
        for (const { from, count } of page.items) found.set(Date.parse(from), (found.get(Date.parse(from)) ?? 0) + count);
        cursor = page.nextCursor;
        if (cursor === undefined) break;
      }
      return { found, partial: cursor !== undefined };
    },
    ...asked,
  });

/** Where the evidence of one record is. */
export const receiptAddress = (org: string, id: string) => `/api/organizations/${encodeURIComponent(org)}/log/records/${encodeURIComponent(id)}/receipt`;

/** Reads the bodies of a call, for a reason that the log has. */
export function useReadBodies(org: string, id: string) {
  return useMutation({
    mutationFn: (reason: string) => answer(client.POST("/api/organizations/{org}/log/records/{id}/body", { params: { path: { org, id } }, body: { reason } })),
    gcTime: 0, // nothing of a body stays behind
  });
}

/** Whether somebody has been granted to read bodies, now. */
export const mayReadBodiesQuery = (org: string, oid: string) =>
  queryOptions({
    queryKey: [org, "body-grants", oid],
    queryFn: async ({ signal }): Promise<boolean> => {
      const { items } = await answer(client.GET("/api/organizations/{org}/body-grants", { params: { path: { org }, query: { limit: 200 } }, signal }));
      const now = new Date().toISOString();
      return items.some((g) => g.grantee.kind === "person" && g.grantee.id === oid && !g.withdrawnAt && g.beginsAt <= now && now < g.endsAt);
    },
  });
