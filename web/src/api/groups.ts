import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import { statusOf } from "./problem";
import type { components } from "./schema";

export type FoundGroup = components["schemas"]["FoundGroup"];

/** Groups of the directory of which words begin with a text, searched as whoever is signed in. */
export const groupsQuery = (org: string, search: string) =>
  queryOptions({
    queryKey: [org, "groups", search],
    queryFn: async ({ signal }) => (await answer(client.GET("/api/organizations/{org}/groups", { params: { path: { org }, query: { search, limit: 20 } }, signal }))).items,
    enabled: search !== "",
    placeholderData: keepPreviousData,
    retry: false,
  });

/** How many people are in one group, directly or through others. */
export const groupPeopleQuery = (org: string, group: string) =>
  queryOptions({
    queryKey: [org, "groups", group, "people"],
    queryFn: async ({ signal }) => (await answer(client.GET("/api/organizations/{org}/groups/people", { params: { path: { org }, query: { group } }, signal }))).people,
    retry: false,
  });

/** Whether the directory was not asked because nobody has agreed that Gatehouse may. */
export const wantsConsent = (error: unknown) => statusOf(error) === 403;

/** Gives assignments the names that their groups have today; tells which groups are gone. */
export function useReconcileGroups(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answer(client.POST("/api/organizations/{org}/groups/reconcile", { params: { path: { org } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [org, "access"] }),
  });
}
