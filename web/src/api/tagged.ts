import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer } from "./client";
import { ApiError } from "./problem";

/** A resource, and the tag that a change of it has to name. */
export interface Tagged<T> {
  value: T;
  tag: string;
}

/** A change of something as it was read. */
export interface Change<B> {
  id: string;
  tag: string;
  body: B;
}

type Asked<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** Like answer, with the tag of what was read. */
export async function tagged<T>(asked: Asked<T>): Promise<Tagged<T>> {
  let tag = "";
  const value = await answer(
    asked.then((answered) => {
      tag = answered.response.headers.get("ETag") ?? "";
      return answered;
    }),
  );
  return { value, tag };
}

/** Pages that one list may take; each has two hundred. */
const patience = 20;

/** Everything of a list that no admin makes long. Where one is longer there is no answer: a part would be taken for the whole. */
export async function every<T>(page: (cursor: string | undefined) => Promise<{ items: T[]; nextCursor?: string }>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  for (let asked = 0; asked < patience; asked++) {
    const { items, nextCursor } = await page(cursor);
    all.push(...items);
    if (nextCursor === undefined) return all;
    cursor = nextCursor;
  }
  throw new ApiError({ kind: "long", most: all.length });
}

/** Does something to an organization; afterwards, done or refused, whatever is shown of it is read anew. */
export function useAct<I, O>(org: string, act: (input: I) => Promise<O>) {
  const queries = useQueryClient();
  const readAnew = () => queries.invalidateQueries({ queryKey: [org] });
  const onError = () => {
    void readAnew();
  };
  return useMutation({ mutationFn: act, onSuccess: readAnew, onError, gcTime: 0 });
}

/** Whether somebody else has changed what was to be changed. */
export function isClash(error: unknown): boolean {
  return error instanceof ApiError && error.cause.kind === "problem" && error.cause.problem.status === 412;
}
