import { useQueryClient } from "@tanstack/react-query";
import { directoryQuery } from "../../api/directory";
import { settingsQuery } from "../../api/state";

/** Reads the organization anew, for a form that is about to open. */
export function useReadSettings(slug: string) {
  const queries = useQueryClient();
  return () => queries.query({ ...settingsQuery(slug), staleTime: 0 });
}

/** Reads its connection anew, likewise. */
export function useReadDirectory(slug: string) {
  const queries = useQueryClient();
  return () => queries.query({ ...directoryQuery(slug), staleTime: 0 });
}
