import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type LogHead = components["schemas"]["LogHead"];
export type Hold = components["schemas"]["Hold"];
export type HoldSettings = components["schemas"]["HoldSettings"];
export type Sink = components["schemas"]["Sink"];
export type SinkStatus = components["schemas"]["SinkStatus"];

/** How far the log reaches, and what it is signed with. */
export const logHeadQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "log", "head"],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}/log", { params: { path: { org } }, signal })),
  });

export interface KnownSink {
  sink: Sink;
  status: SinkStatus;
}

/** Where the log goes, and how far it has got there. */
export const sinksQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "log", "sinks"],
    queryFn: async ({ signal }): Promise<KnownSink[]> => {
      const { items } = await answer(client.GET("/api/organizations/{org}/sinks", { params: { path: { org }, query: { limit: 200 } }, signal }));
      const status = (sink: string) => answer(client.GET("/api/organizations/{org}/sinks/{sink}/status", { params: { path: { org, sink } }, signal }));
      return Promise.all(items.map(async (sink) => ({ sink, status: await status(sink.name) })));
    },
    refetchInterval: 30_000,
  });

/** Sends a test to a sink. */
export function useTestSink(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (sink: string) => answer(client.POST("/api/organizations/{org}/sinks/{sink}/test", { params: { path: { org, sink } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: [org, "log", "sinks"] }),
  });
}

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
