import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type Alert = components["schemas"]["Alert"];

/** What is noticed and not over, the last noticed first; fifty at most. */
export const openAlertsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "alerts", "open"],
    queryFn: async ({ signal }) => (await answer(client.GET("/api/organizations/{org}/alerts", { params: { path: { org }, query: { state: "open" } }, signal }))).items,
  });
