import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";
import { type Change, every, tagged, useAct } from "./tagged";

export type CallLimit = components["schemas"]["CallLimit"];
export type NewCallLimit = components["schemas"]["NewCallLimit"];
export type CallLimitSettings = components["schemas"]["CallLimitSettings"];

const all = "/api/organizations/{org}/limits";
const one = "/api/organizations/{org}/limits/{limit}";

/** How many calls may be made. */
export const limitsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "limits"],
    queryFn: ({ signal }) => every((cursor) => answer(client.GET(all, { params: { path: { org }, query: { limit: 200, cursor } }, signal }))),
  });

export const readLimit = (org: string, limit: string) => tagged(client.GET(one, { params: { path: { org, limit } } }));

export const useCreateLimit = (org: string) => useAct(org, (body: NewCallLimit) => answer(client.POST(all, { params: { path: { org } }, body })));

export const useUpdateLimit = (org: string) =>
  useAct(org, ({ id, tag, body }: Change<CallLimitSettings>) =>
    answer(client.PUT(one, { params: { path: { org, limit: id }, header: { "If-Match": tag } }, body })),
  );

export const useDeleteLimit = (org: string) =>
  useAct(org, async (limit: string) => {
    const { tag } = await readLimit(org, limit);
    await answer(client.DELETE(one, { params: { path: { org, limit }, header: { "If-Match": tag } } }));
  });
