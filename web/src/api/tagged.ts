import { answer } from "./client";

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What was asked for, with the ETag that a change of it has to name. */
export async function tagged<T>(asked: Promise<Answered<T>>): Promise<{ value: T; etag: string }> {
  let etag = "";
  const value = await answer(
    asked.then((answered) => {
      etag = answered.response.headers.get("ETag") ?? "";
      return answered;
    }),
  );
  return { value, etag };
}
