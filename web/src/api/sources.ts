import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import { useKeys } from "./once";
import type { components } from "./schema";
import { tagged } from "./tagged";

export type Source = components["schemas"]["Source"];
export type NewSource = components["schemas"]["NewSource"];
export type SourceStatus = components["schemas"]["SourceStatus"];
export type NewSourceCredential = components["schemas"]["NewSourceCredential"];
export type RefreshReport = components["schemas"]["RefreshReport"];

/** No organization has more sources than a page of the API holds. */
const limit = 200;

export const sourcesQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "sources"],
    queryFn: async ({ signal }) => (await answer(client.GET("/api/organizations/{org}/sources", { params: { path: { org }, query: { limit } }, signal }))).items,
  });

export const statusesQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "sources", "statuses"],
    queryFn: async ({ signal }) => (await answer(client.GET("/api/organizations/{org}/source-statuses", { params: { path: { org }, query: { limit } }, signal }))).items,
  });

export const sourceQuery = (org: string, source: string) =>
  queryOptions({
    queryKey: [org, "sources", source],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}/sources/{source}", { params: { path: { org, source } }, signal })),
  });

export const statusQuery = (org: string, source: string) =>
  queryOptions({
    queryKey: [org, "sources", source, "status"],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}/sources/{source}/status", { params: { path: { org, source } }, signal })),
  });

/** What became of a new source beyond its being there. */
export interface Added {
  source: Source;
  unfinished?: unknown; // why it has no credential, or was not read
}

/** Adds a source, gives it its credential, and reads it. Only the first can fail as a whole. */
export function useAddSource(org: string) {
  const queries = useQueryClient();
  const keys = useKeys();
  return useMutation({
    mutationFn: async ({ source, credential }: { source: NewSource; credential: NewSourceCredential }): Promise<Added> => {
      const { value, tag } = await tagged(
        client.POST("/api/organizations/{org}/sources", { params: { path: { org }, header: keys.for(source) }, body: source }),
      );
      const path = { org, source: source.name };
      try {
        if (credential.kind !== "none") {
          await answer(client.PUT("/api/organizations/{org}/sources/{source}/credential", { params: { path, header: { "If-Match": tag } }, body: credential }));
        }
        await answer(client.POST("/api/organizations/{org}/sources/{source}/refresh", { params: { path } }));
      } catch (unfinished) {
        return { source: value, unfinished };
      }
      return { source: value };
    },
    onSuccess: () => {
      keys.done();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}

export function useRefreshSource(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (source: string) => answer(client.POST("/api/organizations/{org}/sources/{source}/refresh", { params: { path: { org, source } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}

export function useGiveCredential(org: string, source: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (credential: NewSourceCredential) => {
      const path = { org, source };
      const { tag } = await tagged(client.GET("/api/organizations/{org}/sources/{source}", { params: { path } }));
      return answer(client.PUT("/api/organizations/{org}/sources/{source}/credential", { params: { path, header: { "If-Match": tag } }, body: credential }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}

/** Switches a source on or off. */
export function useSwitchSource(org: string, source: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (enabled: boolean) => {
      const path = { org, source };
      const { value, tag } = await tagged(client.GET("/api/organizations/{org}/sources/{source}", { params: { path } }));
      const { title, url, naming, review, trusted, timeoutSeconds, concurrent } = value;
      return answer(
        client.PUT("/api/organizations/{org}/sources/{source}", {
          params: { path, header: { "If-Match": tag } },
          body: { title, url, naming, review, trusted, timeoutSeconds, concurrent, enabled },
        }),
      );
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}

export function useRemoveSource(org: string, source: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const path = { org, source };
      const { tag } = await tagged(client.GET("/api/organizations/{org}/sources/{source}", { params: { path } }));
      await answer(client.DELETE("/api/organizations/{org}/sources/{source}", { params: { path, header: { "If-Match": tag } } }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [org], predicate: ({ queryKey }) => queryKey[1] !== "sources" || queryKey[2] !== source }),
  });
}
