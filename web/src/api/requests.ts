import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import { statusOf } from "./problem";
import type { components } from "./schema";

export type AccessRequest = components["schemas"]["AccessRequest"];

/** The last request of whoever has signed in, null where there is none, and where else they may ask. */
export const ownRequestQuery = queryOptions({
  queryKey: ["me", "request"],
  queryFn: async ({ signal }) => {
    const { items, accessPackageUrl } = await answer(client.GET("/api/me/access-requests", { signal }));
    return { request: items[0] ?? null, accessPackage: accessPackageUrl && isAccessPackage(accessPackageUrl) ? accessPackageUrl : undefined };
  },
});

/** Whether an address is in Microsoft's My Access portal, as the server wants it; it looks at the characters as well. */
export const isAccessPackage = (address: string) => /^https:\/\/myaccess\.microsoft\.(com|us)(\/\S*)?$/.test(address);

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

/** What an admin gives, and says. Without a role it was given elsewhere. */
export interface Given {
  role: string | undefined;
  answer: string;
}

/** What an admin answers, or why not. */
export type Reply = { id: string } & (({ kind: "approve" } & Given) | { kind: "dismiss"; reason: string });

/** A text as one line, which is what answers are. */
export const oneLine = (text: string) => text.trim().replace(/\s+/g, " ");

/** Answers a request. A role is assigned in the same step: both happen or neither. */
export function useAnswerRequest(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (reply: Reply) => {
      const params = { path: { org, id: reply.id } };
      if (reply.kind === "dismiss") return answer(client.POST("/api/organizations/{org}/access-requests/{id}/dismiss", { params, body: { reason: reply.reason } }));
      const body = { ...(reply.role && { role: reply.role }), ...(reply.answer && { answer: reply.answer }) };
      return answer(client.POST("/api/organizations/{org}/access-requests/{id}/approve", { params, body }));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}

/** Whether a request waits for no answer any more. */
export const isOver = (error: Error) => statusOf(error) === 409 || statusOf(error) === 404;
