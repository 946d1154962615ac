import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type ExportJob = components["schemas"]["ExportJob"];
export type ExportSchedule = components["schemas"]["ExportSchedule"];
export type NewExport = components["schemas"]["NewLogExport"];
export type NewSchedule = components["schemas"]["NewExportSchedule"];
export type ExportFilter = components["schemas"]["ExportFilter"];

const underWay = (job: ExportJob) => job.state === "running" || job.state === "cancelling";

/** Exports to sinks, the last asked for first. They are looked at often while one is under way. */
export const exportsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "log", "exports"],
    queryFn: async ({ signal }) => (await answer(client.GET("/api/organizations/{org}/log/exports", { params: { path: { org }, query: { limit: 200 } }, signal }))).items,
    refetchInterval: (query) => (query.state.data?.some(underWay) ? 2_000 : 60_000),
  });

export const schedulesQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "log", "schedules"],
    queryFn: async ({ signal }) => (await answer(client.GET("/api/organizations/{org}/log/export-schedules", { params: { path: { org }, query: { limit: 200 } }, signal }))).items,
  });

/** Has an export made; without a sink its content is then to be read. */
export function useCreateExport(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: NewExport) => answer(client.POST("/api/organizations/{org}/log/exports", { params: { path: { org } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [org, "log", "exports"] }),
  });
}

export function useCancelExport(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => answer(client.POST("/api/organizations/{org}/log/exports/{id}/cancel", { params: { path: { org, id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: [org, "log", "exports"] }),
  });
}

export function useCreateSchedule(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewSchedule) => answer(client.POST("/api/organizations/{org}/log/export-schedules", { params: { path: { org } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [org, "log", "schedules"] }),
  });
}

export function useCancelSchedule(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (schedule: string) => answer(client.POST("/api/organizations/{org}/log/export-schedules/{schedule}/cancel", { params: { path: { org, schedule } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: [org, "log", "schedules"] }),
  });
}
