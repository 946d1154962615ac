import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import { useKeys } from "./once";
import type { components } from "./schema";
import { tagged } from "./tagged";

export type Tool = components["schemas"]["Tool"];
export type ToolDefinition = components["schemas"]["ToolDefinition"];
export type ToolCallResult = components["schemas"]["ToolCallResult"];
export type ToolRole = components["schemas"]["Role"];
export type LogRecord = components["schemas"]["LogRecord"];
type Effect = NonNullable<Tool["effect"]>;

export const toolsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "tools"],
    queryFn: async ({ signal }) => {
      const all: Tool[] = [];
      let cursor: string | undefined;
      do {
        const page = await answer(client.GET("/api/organizations/{org}/tools", { params: { path: { org }, query: { limit: 200, cursor } }, signal }));
        all.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return all;
    },
  });

export const toolQuery = (org: string, tool: string) =>
  queryOptions({
    queryKey: [org, "tools", tool],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}/tools/{tool}", { params: { path: { org, tool } }, signal })),
  });

export const toolDefinitionQuery = (org: string, tool: string) =>
  queryOptions({
    queryKey: [org, "tools", tool, "definition"],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}/tools/{tool}/definition", { params: { path: { org, tool } }, signal })),
  });

export const toolRolesQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "tool-roles"],
    queryFn: async ({ signal }) => (await answer(client.GET("/api/organizations/{org}/roles", { params: { path: { org }, query: { limit: 200 } }, signal }))).items,
  });

/** The last calls of a tool. An intent has no outcome, so that a call counts once. */
export const recentCallsQuery = (org: string, tool: string) =>
  queryOptions({
    queryKey: [org, "log", "recent", tool],
    queryFn: async ({ signal }) =>
      (
        await answer(
          client.GET("/api/organizations/{org}/log/records", {
            params: { path: { org }, query: { tool: [tool], kind: ["tool_call"], outcome: ["ok", "tool_error", "refused", "fault", "unknown"], limit: 10 } },
            signal,
          }),
        )
      ).items,
  });

/** Decides whether a tool of the platform's own is on, and the effect of any. */
export function useChangeTool(org: string, tool: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (settings: { enabled: boolean; effect: Effect }) => {
      const path = { org, tool };
      const { tag } = await tagged(client.GET("/api/organizations/{org}/tools/{tool}", { params: { path } }));
      return answer(client.PUT("/api/organizations/{org}/tools/{tool}", { params: { path, header: { "If-Match": tag } }, body: settings }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}

/** Calls a tool as whoever has signed in. A request that is sent twice by mistake calls once. */
export function useCallTool(org: string, tool: string) {
  const keys = useKeys();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (args: Record<string, unknown>) =>
      answer(
        client.POST("/api/organizations/{org}/tools/{tool}/calls", {
          params: { path: { org, tool }, header: keys.for([tool, args]) },
          body: { arguments: args },
        }),
      ),
    onSuccess: () => {
      keys.done();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: [org, "log"] }),
  });
}

/** Whether a pattern of a permission matches a name: “*” stands for any run of characters. */
export function patternMatches(pattern: string, name: string): boolean {
  const escaped = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join(".*")}$`).test(name);
}
