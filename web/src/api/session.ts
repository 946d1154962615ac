import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type Session = components["schemas"]["Session"];

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => answer(client.GET("/api/session", { signal })),
  staleTime: 60_000,
});
