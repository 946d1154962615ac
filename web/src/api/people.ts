import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type FoundPerson = components["schemas"]["FoundPerson"];

/** People of the directory whose name or user name begins with a text, searched as whoever is signed in. */
export const peopleQuery = (org: string, search: string) =>
  queryOptions({
    queryKey: [org, "people", "found", search],
    queryFn: async ({ signal }) => (await answer(client.GET("/api/organizations/{org}/people", { params: { path: { org }, query: { search, limit: 20 } }, signal }))).items,
    placeholderData: keepPreviousData,
    retry: false,
  });

/** People who have a connection, as far as one page tells. */
export const connectedPeopleQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "people", "connected"],
    queryFn: async ({ signal }): Promise<FoundPerson[]> => {
      const { items } = await answer(client.GET("/api/organizations/{org}/connections", { params: { path: { org }, query: { limit: 200 } }, signal }));
      return items.map(({ person: { oid, name, username, guest } }) => ({ oid, name, username, guest }));
    },
    staleTime: 300_000,
  });

/** People who have shown a token or whom an assignment names, two hundred at most. The log notes that it was read. */
export const seenPeopleQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "people", "seen"],
    queryFn: async ({ signal }): Promise<FoundPerson[]> => {
      const { items } = await answer(client.GET("/api/organizations/{org}/access", { params: { path: { org }, query: { limit: 200 } }, signal }));
      return items.map((seen) => ({ oid: seen.person, name: seen.name, guest: seen.kind === "guest" }));
    },
    staleTime: 300_000,
  });
