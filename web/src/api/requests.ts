import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import { statusOf } from "./problem";
import type { components } from "./schema";
import { every } from "./tagged";

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

/** What an admin answers: a role, or none, and a word; or why not. */
export type Reply = { id: string; person: AccessRequest["person"] } & ({ kind: "approve"; role: string; text: string } | { kind: "dismiss"; text: string });

/** A request that waits for no answer any more; whether a role was assigned for it all the same. */
export class NoLongerWaits extends Error {
  readonly assigned: boolean;

  constructor(assigned: boolean) {
    super("the request waits no more");
    this.name = "NoLongerWaits";
    this.assigned = assigned;
  }
}

/** The role is assigned, and the request could not be answered. */
export class NotAnswered extends Error {
  constructor(cause: unknown) {
    super("the request is not answered", { cause });
    this.name = "NotAnswered";
  }
}

/** Answers a request. A role is assigned first, once however often it is tried, and only while the request waits. */
export function useAnswerRequest(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (reply: Reply) => {
      const assigns = reply.kind === "approve" && reply.role !== "";
      if (assigns) {
        if (!(await waits(org, reply.id))) throw new NoLongerWaits(false);
        await assign(org, reply.id, reply.person, reply.role);
      }
      try {
        await say(org, reply);
      } catch (error) {
        if (statusOf(error) === 404) throw new NoLongerWaits(assigns);
        throw assigns ? new NotAnswered(error) : error;
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}

async function waits(org: string, id: string): Promise<boolean> {
  const all = await every((cursor) => answer(client.GET("/api/organizations/{org}/access-requests", { params: { path: { org }, query: { limit: 200, cursor } } })));
  return all.some((request) => request.id === id);
}

/** Assigns a role to whoever asks. That they have it already is as good. */
async function assign(org: string, request: string, person: AccessRequest["person"], role: string): Promise<void> {
  const body = { role, subject: { kind: "person" as const, value: person.oid }, name: person.name.slice(0, 120) };
  const header = { "Idempotency-Key": `access-request ${request} ${role}` };
  try {
    await answer(client.POST("/api/organizations/{org}/assignments", { params: { path: { org }, header }, body }));
  } catch (error) {
    if (statusOf(error) !== 409 || !(await holds(org, person.oid, role))) throw error;
  }
}

async function holds(org: string, oid: string, role: string): Promise<boolean> {
  const all = await every((cursor) => answer(client.GET("/api/organizations/{org}/assignments", { params: { path: { org }, query: { limit: 200, cursor } } })));
  const lasts = (endsAt: string | undefined) => endsAt === undefined || Date.parse(endsAt) > Date.now();
  return all.some((a) => a.role === role && a.subject.kind === "person" && a.subject.value === oid && lasts(a.endsAt));
}

async function say(org: string, reply: Reply): Promise<void> {
  const params = { path: { org, id: reply.id } };
  if (reply.kind === "dismiss") await answer(client.POST("/api/organizations/{org}/access-requests/{id}/dismiss", { params, body: { reason: reply.text } }));
  else await answer(client.POST("/api/organizations/{org}/access-requests/{id}/approve", { params, body: { answer: reply.text === "" ? undefined : reply.text } }));
}
