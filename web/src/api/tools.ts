import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import { useKeys } from "./once";
import type { components } from "./schema";
import { tagged } from "./tagged";

export type Tool = components["schemas"]["Tool"];
export type ToolDefinition = components["schemas"]["ToolDefinition"];
export type ToolCallResult = components["schemas"]["ToolCallResult"];
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

/** A tool, with the tag that a change of it has to name. */
export const toolQuery = (org: string, tool: string) =>
  queryOptions({
    queryKey: [org, "tools", tool],
    queryFn: ({ signal }) => tagged(client.GET("/api/organizations/{org}/tools/{tool}", { params: { path: { org, tool } }, signal })),
  });

export const toolDefinitionQuery = (org: string, tool: string) =>
  queryOptions({
    queryKey: [org, "tools", tool, "definition"],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}/tools/{tool}/definition", { params: { path: { org, tool } }, signal })),
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

interface ToolChange {
  tag: string; // of what the change is made to
  body: { enabled: boolean; effect: Effect };
}

/** Decides whether a tool of the platform's own is on, and the effect of any. Afterwards, refused or not, it is read anew. */
export function useChangeTool(org: string, tool: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ tag, body }: ToolChange) =>
      answer(client.PUT("/api/organizations/{org}/tools/{tool}", { params: { path: { org, tool }, header: { "If-Match": tag } }, body })),
    onSettled: () => queries.invalidateQueries({ queryKey: [org] }),
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
