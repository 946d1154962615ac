import { queryOptions } from "@tanstack/react-query";
import { answer, client, page } from "./client";
import type { components } from "./schema";

export type Session = components["schemas"]["Session"];

/** Who has signed in. If it is no longer whom the page was loaded for, all that was read for them goes, and the page is loaded anew. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal, client: queries }) => {
    const session = await answer(client.GET("/api/session", { signal }));
    const person = `${session.tid}/${session.oid}`;
    page.of ??= person;
    if (page.of === person) return session;
    queries.clear();
    window.location.reload();
    return new Promise<Session>(() => undefined); // nothing of it is shown here
  },
  staleTime: 60_000,
  refetchOnWindowFocus: "always",
});
