import { useQuery, type UseQueryOptions } from "@tanstack/react-query";
import { troubleOf } from "../../trouble";
import type { Listed } from "./ListCard";

/** A list as views take it. */
export function useListed<T, K extends readonly unknown[]>(options: UseQueryOptions<T[], Error, T[], K>): Listed<T> {
  const list = useQuery(options);
  return {
    rows: list.data,
    trouble: list.error && !list.data ? troubleOf(list.error) : undefined,
    again: () => {
      void list.refetch();
    },
  };
}
