import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type Question = components["schemas"]["Question"];
export type Decision = components["schemas"]["Decision"];

/** May somebody use a tool, and why? It is asked anew whenever it is looked at. */
export const decisionQuery = (org: string, question: Question | undefined) =>
  queryOptions({
    queryKey: [org, "decision", question],
    queryFn: ({ signal }) => {
      if (!question) throw new Error("there is no question");
      return answer(client.POST("/api/organizations/{org}/decisions", { params: { path: { org } }, body: question, signal }));
    },
    enabled: question !== undefined,
    staleTime: 0,
  });
