import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";
import { every, useAct } from "./tagged";

export type SupportAccess = components["schemas"]["SupportAccess"];

const all = "/api/organizations/{org}/support-accesses";

/** Operators who asked to look inside. */
export const supportQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "support-accesses"],
    queryFn: ({ signal }) => every((cursor) => answer(client.GET(all, { params: { path: { org }, query: { limit: 200, cursor } }, signal }))),
  });

export const useApproveSupport = (org: string) =>
  useAct(org, ({ id, hours }: { id: string; hours: number }) => answer(client.POST(`${all}/{id}/approve`, { params: { path: { org, id } }, body: { hours } })));

export const useRevokeSupport = (org: string) => useAct(org, (id: string) => answer(client.POST(`${all}/{id}/revoke`, { params: { path: { org, id } } })));
