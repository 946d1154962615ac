import { useState } from "react";

/**
 * The idempotency keys of one form. What is sent again has the key that it had, until it
 * has been answered, so that it is done once; anything else has another.
 */
export class Keys {
  private readonly given = new Map<string, string>();

  /** The headers for something that is sent, which names all that makes it what it is. */
  for(sent: unknown): { "Idempotency-Key": string } {
    const text = JSON.stringify(sent);
    const key = this.given.get(text) ?? crypto.randomUUID();
    this.given.set(text, key);
    return { "Idempotency-Key": key };
  }

  /** Says that it was done: the same once more is meant. */
  done() {
    this.given.clear();
  }
}

/** The keys of a form for as long as it is open. */
export const useKeys = (): Keys => useState(() => new Keys())[0];
