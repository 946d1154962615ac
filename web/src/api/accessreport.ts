import { useMutation } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type AccessQuestion = components["schemas"]["NewAccessHandout"];

/** A report in one piece, which names the items of listAccess for what they are. */
export type AccessReport = Omit<components["schemas"]["AccessReport"], "items" | "nextCursor"> & { people: components["schemas"]["AccessPerson"][] };

export interface HandedOut {
  id: string; // the log's record names it in its target
  at: string;
  sha256: string;
  text: string; // what the SHA-256 is of
  report: AccessReport;
}

/** Has a report made of who could use what. That it was is in the log, with its hash. */
export function useCreateAccessReport(org: string) {
  return useMutation({
    mutationFn: async (body: AccessQuestion): Promise<HandedOut> => {
      const made = await answer(client.POST("/api/organizations/{org}/access/reports", { params: { path: { org } }, body }));
      return { ...made, report: JSON.parse(made.text) as AccessReport };
    },
  });
}
