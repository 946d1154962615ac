import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import { statusOf } from "./problem";
import type { components } from "./schema";

export type Connection = components["schemas"]["ClientConnection"];

/** Which AI apps act for whom, the last used first, two hundred a page. */
export const connectionsQuery = (org: string) =>
  infiniteQueryOptions({
    queryKey: [org, "connections"],
    queryFn: ({ pageParam, signal }) =>
      answer(client.GET("/api/organizations/{org}/connections", { params: { path: { org }, query: { limit: 200, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });

/** Revokes a connection; resolves to whether it was there. */
export function useRevokeConnection(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: string): Promise<boolean> => {
      try {
        await answer(client.DELETE("/api/organizations/{org}/connections/{id}", { params: { path: { org, id } } }));
        return true;
      } catch (error) {
        if (statusOf(error) === 404) return false;
        throw error;
      }
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}
