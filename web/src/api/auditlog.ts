import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type LogHead = components["schemas"]["LogHead"];
export type Hold = components["schemas"]["Hold"];
export type HoldSettings = components["schemas"]["HoldSettings"];

/** How far the log reaches, and what it is signed with. */
export const logHeadQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "log", "head"],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}/log", { params: { path: { org } }, signal })),
  });

export const holdsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "log", "holds"],
    queryFn: async ({ signal }) => (await answer(client.GET("/api/organizations/{org}/holds", { params: { path: { org }, query: { limit: 200 } }, signal }))).items,
  });

export function useCreateHold(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: HoldSettings) => answer(client.POST("/api/organizations/{org}/holds", { params: { path: { org } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [org, "log", "holds"] }),
  });
}

export function useWithdrawHold(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, reason }: { id: string; reason: string }) =>
      answer(client.POST("/api/organizations/{org}/holds/{id}/withdraw", { params: { path: { org, id } }, body: { reason } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [org, "log", "holds"] }),
  });
}

export function useRestoreHold(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => answer(client.POST("/api/organizations/{org}/holds/{id}/restore", { params: { path: { org, id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: [org, "log", "holds"] }),
  });
}
