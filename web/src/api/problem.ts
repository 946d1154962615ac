import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];

/** Why there is no answer: a refusal of ours, nobody there, somebody in between, or more than can be shown. */
export type Cause = { kind: "problem"; problem: Problem } | { kind: "offline" } | { kind: "odd"; status: number; id: string } | { kind: "long"; most: number };

export class ApiError extends Error {
  override readonly cause: Cause;

  constructor(cause: Cause) {
    super(cause.kind === "problem" ? cause.problem.detail : cause.kind);
    this.name = "ApiError";
    this.cause = cause;
  }
}

/** The HTTP status of an error; 0 where there was none. */
export function statusOf(error: unknown): number {
  if (!(error instanceof ApiError)) return 0;
  switch (error.cause.kind) {
    case "problem":
      return error.cause.problem.status;
    case "odd":
      return error.cause.status;
    case "offline":
    case "long":
      return 0;
  }
}
