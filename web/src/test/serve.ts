import { vi } from "vitest";

interface Asked {
  what: string; // method and path
  query: URLSearchParams;
  tag: string | null;
  key: string | null;
  body: unknown;
}

type Answer = Response | ((asked: Asked) => Response);

/** An answer of the management API. */
export const said = (body: unknown, tag = '"1"', status = 200) => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ETag: tag } });

/** A refusal of the management API. */
export const refused = (status: number, detail: string) =>
  new Response(JSON.stringify({ type: "urn:gatehouse:problem:conflict", title: "Refused", status, detail, instance: "urn:uuid:1" }), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });

/** Answers instead of the management API, by method and path, and notes what is asked. What is not there gives 404. */
export function serve(answers: Record<string, Answer>): Asked[] {
  const log: Asked[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const text = await request.text();
    const { pathname, searchParams: query } = new URL(request.url);
    const what = `${request.method} ${pathname}`;
    const asked = { what, query, tag: request.headers.get("If-Match"), key: request.headers.get("Idempotency-Key"), body: text === "" ? undefined : (JSON.parse(text) as unknown) };
    log.push(asked);
    const answer = answers[what];
    if (answer === undefined) return refused(404, "there is no such thing");
    return answer instanceof Response ? answer.clone() : answer(asked);
  });
  return log;
}
