import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type SeenApp = components["schemas"]["SeenApp"];

/** Software that people have connected or wanted to; two hundred at most, and whether there is more. */
export const seenAppsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "seen-apps"],
    queryFn: async ({ signal }) => {
      const page = await answer(client.GET("/api/organizations/{org}/seen-apps", { params: { path: { org }, query: { limit: 200 } }, signal }));
      return { items: page.items, more: page.nextCursor !== undefined };
    },
  });

/** All of it, two hundred a page. */
export const seenAppsPages = (org: string) =>
  infiniteQueryOptions({
    queryKey: [org, "seen-apps", "pages"],
    queryFn: ({ pageParam, signal }) =>
      answer(client.GET("/api/organizations/{org}/seen-apps", { params: { path: { org }, query: { limit: 200, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });
