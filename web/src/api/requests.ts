import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type AccessRequest = components["schemas"]["AccessRequest"];

/** The last request of whoever has signed in; null where there is none. */
export const ownRequestQuery = queryOptions({
  queryKey: ["me", "request"],
  queryFn: async ({ signal }) => (await answer(client.GET("/api/me/access-requests", { signal }))).items[0] ?? null,
});

export function useAskAccess() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) => answer(client.POST("/api/me/access-requests", { body: { reason } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["me", "request"] }),
  });
}

export function useWithdrawRequest() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => answer(client.DELETE("/api/me/access-requests/{id}", { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["me", "request"] }),
  });
}

/** Who waits for an answer, the longest first, two hundred a page. */
export const requestsQuery = (org: string) =>
  infiniteQueryOptions({
    queryKey: [org, "access-requests"],
    queryFn: ({ pageParam, signal }) =>
      answer(client.GET("/api/organizations/{org}/access-requests", { params: { path: { org }, query: { limit: 200, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });

export type ToolRole = components["schemas"]["Role"];

export const assignableRolesQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "roles", "assignable"],
    queryFn: async ({ signal }) => (await answer(client.GET("/api/organizations/{org}/roles", { params: { path: { org }, query: { limit: 200 } }, signal }))).items,
  });

/** What an admin answers: a role and a word, or why not. */
export type Reply = { id: string; person: AccessRequest["person"] } & ({ kind: "approve"; role: string; text: string } | { kind: "dismiss"; text: string });

export function useAnswerRequest(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (reply: Reply) => {
      const path = { org, id: reply.id };
      if (reply.kind === "dismiss") {
        await answer(client.POST("/api/organizations/{org}/access-requests/{id}/dismiss", { params: { path }, body: { reason: reply.text } }));
        return;
      }
      if (reply.role !== "") {
        const body = { role: reply.role, subject: { kind: "person" as const, value: reply.person.oid }, name: reply.person.name.slice(0, 120) };
        await answer(client.POST("/api/organizations/{org}/assignments", { params: { path: { org } }, body }));
      }
      await answer(client.POST("/api/organizations/{org}/access-requests/{id}/approve", { params: { path }, body: { answer: reply.text === "" ? undefined : reply.text } }));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}
