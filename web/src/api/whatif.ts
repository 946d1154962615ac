import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type OrganizationDocument = components["schemas"]["OrganizationDocument"];
export type ComparedAccess = components["schemas"]["ComparedAccess"];
export type Comparison = components["schemas"]["ConfigurationComparison"];
export type Replay = components["schemas"]["ConfigurationReplay"];

type Part = Omit<OrganizationDocument, "gatehouse">;

/** What would become of the organization: entries that are added or replaced, or lists that are whole after it. */
export type Proposal = { put: Part } | { key: string; whole: (now: OrganizationDocument) => Part };

const keyOf = (proposal: Proposal) => ("put" in proposal ? JSON.stringify(proposal.put) : proposal.key);

async function documentOf(org: string, proposal: Proposal, signal: AbortSignal): Promise<{ body: OrganizationDocument; prune: boolean }> {
  if ("put" in proposal) return { body: { gatehouse: 1, ...proposal.put }, prune: false };
  const now = await answer(client.GET("/api/organizations/{org}/configuration", { params: { path: { org } }, signal }));
  return { body: { gatehouse: 1, ...proposal.whole(now) }, prune: true };
}

/** People that one look takes in; whether there are more is in the answer. */
const mostPages = 5;

/** Who could use more or less, whether or not they ever called. */
export const comparisonQuery = (org: string, proposal: Proposal) =>
  queryOptions({
    queryKey: [org, "what-if", "access", keyOf(proposal)],
    queryFn: async ({ signal }) => {
      const { body, prune } = await documentOf(org, proposal, signal);
      const people: ComparedAccess[] = [];
      const remarks = new Set<string>();
      let cursor: string | undefined;
      for (let page = 0; page < mostPages; page++) {
        const some = await answer(client.POST("/api/organizations/{org}/configuration/what-if/access", { params: { path: { org }, query: { prune, limit: 200, cursor } }, body, signal }));
        people.push(...some.items);
        for (const remark of some.remarks) remarks.add(remark);
        cursor = some.nextCursor;
        if (cursor === undefined) break;
      }
      return { people, remarks: [...remarks], more: cursor !== undefined };
    },
    staleTime: 0,
    retry: false,
  });

/** How many calls a proposal would have decided otherwise. Those that would be so already now are counted apart. */
export interface Replayed {
  loses: number;
  gains: number;
  cannotTell: number;
  unchanged: number;
  already: number;
  rows: Replay["items"];
  more: boolean;
}

/** How many days of recorded calls are decided again. */
export const replayDays = 30;

/** Which recorded calls would have been decided otherwise. */
export const replayQuery = (org: string, proposal: Proposal) =>
  queryOptions({
    queryKey: [org, "what-if", "calls", keyOf(proposal)],
    queryFn: async ({ signal }): Promise<Replayed> => {
      const { body, prune } = await documentOf(org, proposal, signal);
      const sum: Replayed = { loses: 0, gains: 0, cannotTell: 0, unchanged: 0, already: 0, rows: [], more: false };
      let cursor: string | undefined;
      for (let page = 0; page < mostPages; page++) {
        const part = await answer(client.POST("/api/organizations/{org}/configuration/what-if/calls", { params: { path: { org }, query: { prune, days: replayDays, cursor } }, body, signal }));
        sum.loses += part.loses;
        sum.gains += part.gains;
        sum.cannotTell += part.cannotTell;
        sum.unchanged += part.unchanged;
        for (const row of part.items) {
          sum.already += row.already;
          if (row.change === "loses") sum.loses -= row.already;
          if (row.change === "gains") sum.gains -= row.already;
          if (row.already < row.calls) sum.rows.push({ ...row, calls: row.calls - row.already, already: 0 });
        }
        cursor = part.nextCursor;
        if (cursor === undefined) break;
      }
      return { ...sum, more: cursor !== undefined };
    },
    staleTime: 0,
    retry: false,
  });
