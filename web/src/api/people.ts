import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";

export interface KnownPerson {
  oid: string;
  name: string;
  guest: boolean;
}

/** People who have a connection, as far as one page tells. */
export const connectedPeopleQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "people", "connected"],
    queryFn: async ({ signal }): Promise<KnownPerson[]> => {
      const { items } = await answer(client.GET("/api/organizations/{org}/connections", { params: { path: { org }, query: { limit: 200 } }, signal }));
      return items.map(({ person }) => ({ oid: person.oid, name: person.username ? `${person.name} (${person.username})` : person.name, guest: person.guest }));
    },
    staleTime: 300_000,
  });

/** People who have shown a token or whom an assignment names, two hundred at most. The log notes that it was read. */
export const seenPeopleQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "people", "seen"],
    queryFn: async ({ signal }): Promise<KnownPerson[]> => {
      const { items } = await answer(client.GET("/api/organizations/{org}/access", { params: { path: { org }, query: { limit: 200 } }, signal }));
      return items.map((seen) => ({ oid: seen.person, name: seen.name, guest: seen.kind === "guest" }));
    },
    staleTime: 300_000,
  });
