import { useQuery } from "@tanstack/react-query";
import type { Tagged } from "../../api/tagged";
import { troubleOf } from "../../trouble";
import type { Trouble } from "../../ui/Failure";

/** Reads a thing when its editor opens, and not again while somebody types. */
export function useFresh<T>(key: readonly string[], read: () => Promise<Tagged<T>>): { data: Tagged<T> | undefined; trouble: Trouble | undefined } {
  const asked = useQuery({ queryKey: ["edited", ...key], queryFn: read, staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false, refetchOnReconnect: false });
  return { data: asked.data, trouble: asked.error ? troubleOf(asked.error) : undefined };
}
