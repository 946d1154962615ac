import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import { statusOf } from "./problem";
import type { components } from "./schema";

export type OwnTool = components["schemas"]["OwnTool"];
export type OwnRole = components["schemas"]["OwnRole"];
export type OwnTools = components["schemas"]["OwnTools"];
export type OwnMembership = components["schemas"]["OwnMembership"];
export type AccessCheck = components["schemas"]["AccessCheck"];
export type OwnConnection = components["schemas"]["ClientConnection"];
export type OwnSource = components["schemas"]["SourceAuthorization"];

const paging = { initialPageParam: undefined as string | undefined, getNextPageParam: (page: { nextCursor?: string }) => page.nextCursor };

/** What whoever has signed in may call, fifty a page. */
export const ownToolsQuery = infiniteQueryOptions({
  queryKey: ["me", "tools"],
  queryFn: ({ pageParam, signal }) => answer(client.GET("/api/me/tools", { params: { query: { limit: 50, cursor: pageParam } }, signal })),
  ...paging,
});

export const ownConnectionsQuery = infiniteQueryOptions({
  queryKey: ["me", "connections"],
  queryFn: ({ pageParam, signal }) => answer(client.GET("/api/me/connections", { params: { query: { limit: 50, cursor: pageParam } }, signal })),
  ...paging,
});

export const ownSourcesQuery = infiniteQueryOptions({
  queryKey: ["me", "sources"],
  queryFn: ({ pageParam, signal }) => answer(client.GET("/api/me/source-authorizations", { params: { query: { limit: 50, cursor: pageParam } }, signal })),
  ...paging,
});

/** What a page shows of somebody's access. */
interface Shown {
  roles: string[];
  tools: string[];
  whole: boolean; // no tool is left out
}

const shown = (pages: OwnTools[] | undefined): Shown | undefined => {
  const last = pages?.at(-1);
  if (!pages || !last) return undefined;
  return { roles: last.roles.map((role) => role.name), tools: pages.flatMap((page) => page.items.map((tool) => tool.name)), whole: last.nextCursor === undefined };
};

/** Adds to what a check says what has changed since the page was loaded: somebody else may have asked meanwhile. */
export function sinceShown(check: AccessCheck, before: Shown | undefined, after: Shown | undefined): AccessCheck {
  if (!before || !after) return check;
  const added = (these: string[], those: string[], more: string[]) => [...new Set([...more, ...these.filter((name) => !those.includes(name))])];
  const roles = { rolesGained: added(after.roles, before.roles, check.rolesGained), rolesLost: added(before.roles, after.roles, check.rolesLost) };
  if (!before.whole || !after.whole) return { ...check, ...roles };
  return { ...check, ...roles, toolsGained: added(after.tools, before.tools, check.toolsGained), toolsLost: added(before.tools, after.tools, check.toolsLost) };
}

/** Asks the directory again, and says what is different. */
export function useAccessCheck() {
  const queries = useQueryClient();
  const seen = () => shown(queries.getQueryData(ownToolsQuery.queryKey)?.pages);
  return useMutation({
    mutationFn: async () => {
      const before = seen();
      const check = await answer(client.POST("/api/me/access-checks"));
      await queries.refetchQueries({ queryKey: ownToolsQuery.queryKey });
      return sinceShown(check, before, seen());
    },
  });
}

/** What somebody ends of their own; resolves to whether it was there. */
export interface Ending {
  kind: "connection" | "source";
  id: string;
  name: string;
}

export function useEndOwn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ kind, id }: Ending): Promise<boolean> => {
      const params = { path: { id } };
      try {
        await answer(kind === "connection" ? client.DELETE("/api/me/connections/{id}", { params }) : client.DELETE("/api/me/source-authorizations/{id}", { params }));
        return true;
      } catch (error) {
        if (statusOf(error) === 404) return false;
        throw error;
      }
    },
    onSuccess: () => {
      void queries.invalidateQueries(); // what it ends is over, whatever the lists still show
    },
  });
}
