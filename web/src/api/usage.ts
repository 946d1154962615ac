import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components, operations } from "./schema";

export type Usage = components["schemas"]["Usage"];
export type Span = NonNullable<NonNullable<operations["getUsage"]["parameters"]["query"]>["span"]>;

export const spans: readonly Span[] = ["day", "week", "month"];

/** How tools were used; asked again each minute, for as long as somebody looks. */
export const usageQuery = (org: string, span: Span) =>
  queryOptions({
    queryKey: [org, "usage", span],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}/usage", { params: { path: { org }, query: { span } }, signal })),
    refetchInterval: 60_000,
  });
