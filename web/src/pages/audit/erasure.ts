import type { Erasure } from "../../api/erasures";

// What an erasure waits for, as the server reckons it.

export type Phase = "asked" | "waits" | "held" | "doing" | "done";

/** How long a request waits for an owner. */
const patience = 30 * 86_400_000;

/** When a request is forgotten that nobody approves. */
export const forgottenAt = ({ askedAt }: Erasure) => Date.parse(askedAt) + patience;

const waits = ({ dueAt }: Erasure, now: number) => dueAt !== undefined && Date.parse(dueAt) > now;

export function phaseOf(erasure: Erasure, held: boolean, now: number): Phase {
  if (erasure.state !== "approved") return erasure.state;
  if (waits(erasure, now)) return "waits";
  return held ? "held" : "doing";
}

/** Whether an owner may: nobody approves their own erasure. Who requested it is asked only where nobody else may. */
export const mayApprove = ({ state, person }: Erasure, me: string) => state === "asked" && person !== undefined && person !== me;

/** Whether an admin may: until it is being done. */
export const mayWithdraw = (erasure: Erasure, now: number) => erasure.state === "asked" || (erasure.state === "approved" && waits(erasure, now));
