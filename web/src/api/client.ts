import createClient from "openapi-fetch";
import { ApiError, type Problem } from "./problem";
import type { paths } from "./schema";

/**
 * The management API, as openapi.yaml describes it. The session is a cookie that
 * scripts cannot read; the browser itself says that a request comes from this page
 * (Sec-Fetch-Site), which is all that the server asks of it.
 */
export const client = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => {
    if (page.of && !request.url.endsWith("/api/session")) request.headers.set("Gatehouse-Page-Of", page.of);
    return fetch(request);
  },
});

/** Whom this page was loaded for, as directory/object id. The server does nothing for it once somebody else has signed in. */
export const page: { of?: string } = {};

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Returns what was asked for, or throws an ApiError. An answer without a body is undefined. */
export async function answer<T>(asked: Promise<Answered<T>>): Promise<T> {
  let answered: Answered<T>;
  try {
    answered = await asked;
  } catch {
    throw new ApiError({ kind: "offline" });
  }
  if (answered.response.ok) return answered.data as T;
  if (isProblem(answered.error)) throw new ApiError({ kind: "problem", problem: answered.error });
  throw new ApiError({ kind: "odd", status: answered.response.status, id: answered.response.headers.get("X-Request-Id") ?? "" });
}

/** The same with the ETag that a change has to name. */
export async function answerTagged<T>(asked: Promise<Answered<T>>): Promise<{ body: T; tag: string }> {
  const body = await answer(asked);
  return { body, tag: (await asked).response.headers.get("ETag") ?? "" };
}

function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "type" in error && "detail" in error && "instance" in error;
}
