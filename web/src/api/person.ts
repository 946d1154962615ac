import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";
import { every, useAct } from "./tagged";

export type SourceAuthorization = components["schemas"]["SourceAuthorization"];
export type Revocation = components["schemas"]["Revocation"];
export type NewRevocation = components["schemas"]["NewRevocation"];
export type Decision = components["schemas"]["Decision"];

/** What AI apps one person has connected. */
export const personConnectionsQuery = (org: string, person: string) =>
  queryOptions({
    queryKey: [org, "connections", person],
    queryFn: ({ signal }) =>
      every((cursor) => answer(client.GET("/api/organizations/{org}/connections", { params: { path: { org }, query: { limit: 200, cursor, person } }, signal }))),
  });

/** At which sources one person has signed in. */
export const authorizationsQuery = (org: string, person: string) =>
  queryOptions({
    queryKey: [org, "source-authorizations", person],
    queryFn: ({ signal }) =>
      every((cursor) => answer(client.GET("/api/organizations/{org}/source-authorizations", { params: { path: { org }, query: { limit: 200, cursor, person } }, signal }))),
  });

export const useRevokeAuthorization = (org: string) =>
  useAct(org, (id: string) => answer(client.DELETE("/api/organizations/{org}/source-authorizations/{id}", { params: { path: { org, id } } })));

const revocations = "/api/organizations/{org}/revocations";

/** What is cut off now. */
export const revocationsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "revocations"],
    queryFn: ({ signal }) => every((cursor) => answer(client.GET(revocations, { params: { path: { org }, query: { limit: 200, cursor } }, signal }))),
  });

export const useRevoke = (org: string) => useAct(org, (body: NewRevocation) => answer(client.POST(revocations, { params: { path: { org } }, body })));

/**
 * What is known of somebody's groups: those that decide about some tool. What Graph
 * last said too long ago it is asked again for, as whoever looks.
 */
export const membershipQuery = (org: string, person: string, app: string, guest: boolean) =>
  queryOptions({
    queryKey: [org, "membership", person, app, guest],
    queryFn: async ({ signal }): Promise<Decision | null> => {
      const tools = await answer(client.GET("/api/organizations/{org}/tools", { params: { path: { org }, query: { limit: 1 } }, signal }));
      const tool = tools.items[0]?.name;
      if (tool === undefined) return null;
      return answer(client.POST("/api/organizations/{org}/decisions", { params: { path: { org } }, body: { person, client: app, tool, guest }, signal }));
    },
  });
