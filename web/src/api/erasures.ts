import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import { useKeys } from "./once";
import type { components } from "./schema";
import { every, useAct } from "./tagged";

export type Erasure = components["schemas"]["Erasure"];
export type NewErasure = components["schemas"]["NewErasure"];
export type ApprovedErasure = components["schemas"]["ApprovedErasure"];

const all = "/api/organizations/{org}/erasures";
const one = "/api/organizations/{org}/erasures/{id}";

/** How often an erasure that is being done is looked at. */
const busy = 5_000;

/** Who is to be erased from the log, and how many were. */
export const erasuresQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "erasures"],
    queryFn: ({ signal }) => every((cursor) => answer(client.GET(all, { params: { path: { org }, query: { limit: 200, cursor } }, signal }))),
    refetchInterval: ({ state }) => (state.data?.some((e) => e.state === "approved") ? busy : false),
  });

/** Asks for a person to be erased. What is asked again without an answer is asked once. */
export function useAskErasure(org: string) {
  const keys = useKeys();
  return useAct(org, async (body: NewErasure) => {
    const made = await answer(client.POST(all, { params: { path: { org }, header: keys.for(body) }, body }));
    keys.done();
    return made;
  });
}

export const useApproveErasure = (org: string) =>
  useAct(org, ({ id, ...body }: ApprovedErasure & { id: string }) => answer(client.POST(`${one}/approve`, { params: { path: { org, id } }, body })));

export const useWithdrawErasure = (org: string) => useAct(org, (id: string) => answer(client.DELETE(one, { params: { path: { org, id } } })));
