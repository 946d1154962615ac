import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type OperatedOrganization = components["schemas"]["OperatedOrganization"];
export type ApprovedSlug = components["schemas"]["ApprovedSlug"];
export type Queue = components["schemas"]["Queue"];
export type ArchivedTask = components["schemas"]["ArchivedTask"];
export type PlatformStatus = components["schemas"]["PlatformStatus"];
export type SupportAccess = components["schemas"]["SupportAccess"];

/** What an operator does with an organization. */
export type Act = "admit" | "suspend" | "resume";

const key = (...rest: string[]) => ["operator", ...rest];

/** Everything below is of one page of two hundred at a time. */
export const organizationsQuery = infiniteQueryOptions({
  queryKey: key("organizations"),
  queryFn: ({ pageParam, signal }) => answer(client.GET("/api/operator/organizations", { params: { query: { limit: 200, cursor: pageParam } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.nextCursor,
});

export const slugsQuery = infiniteQueryOptions({
  queryKey: key("slugs"),
  queryFn: ({ pageParam, signal }) => answer(client.GET("/api/operator/slugs", { params: { query: { limit: 200, cursor: pageParam } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.nextCursor,
});

export const queuesQuery = queryOptions({
  queryKey: key("queues"),
  queryFn: ({ signal }) => answer(client.GET("/api/operator/queues", { params: { query: { limit: 200 } }, signal })),
  refetchInterval: 10_000,
});

export const tasksQuery = (queue: string) =>
  queryOptions({
    queryKey: key("queues", queue),
    queryFn: ({ signal }) => answer(client.GET("/api/operator/queues/{queue}/tasks", { params: { path: { queue }, query: { limit: 100 } }, signal })),
  });

export const statusQuery = queryOptions({
  queryKey: key("status"),
  queryFn: ({ signal }) => answer(client.GET("/api/operator/status", { signal })),
  refetchInterval: 10_000,
});

export const supportQuery = (organizationId: string) =>
  queryOptions({
    queryKey: key("support", organizationId),
    queryFn: ({ signal }) => answer(client.GET("/api/operator/organizations/{organizationId}/support-accesses", { params: { path: { organizationId }, query: { limit: 200 } }, signal })),
  });

const paths = {
  admit: "/api/operator/organizations/{organizationId}/admit",
  suspend: "/api/operator/organizations/{organizationId}/suspend",
  resume: "/api/operator/organizations/{organizationId}/resume",
} as const;

/** A change of the operator's, after which everything here is asked again. */
function useChange<T>(mutationFn: (wanted: T) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries({ queryKey: key() }) });
}

export const useAct = () =>
  useChange(({ id, act, reason }: { id: string; act: Act; reason: string }) => answer(client.POST(paths[act], { params: { path: { organizationId: id } }, body: { reason } })));

export const useAskSupport = () =>
  useChange(({ id, reason }: { id: string; reason: string }) =>
    answer(client.POST("/api/operator/organizations/{organizationId}/support-accesses", { params: { path: { organizationId: id } }, body: { reason } })),
  );

export const useApproveSlug = () => useChange((body: { slug: string; tid: string }) => answer(client.POST("/api/operator/slugs", { body })));

export const useTakeBackSlug = () => useChange((slug: string) => answer(client.DELETE("/api/operator/slugs/{slug}", { params: { path: { slug } } })));

export const useRunTask = (queue: string) => useChange((task: string) => answer(client.POST("/api/operator/queues/{queue}/tasks/{task}/run", { params: { path: { queue, task } } })));

export const useDeleteTask = (queue: string) => useChange((task: string) => answer(client.DELETE("/api/operator/queues/{queue}/tasks/{task}", { params: { path: { queue, task } } })));
