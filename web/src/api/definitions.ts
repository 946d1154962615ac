import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type Definition = components["schemas"]["Definition"];
export type DefinitionText = components["schemas"]["DefinitionText"];
export type DefinitionState = Definition["state"];
export type Effect = NonNullable<Definition["proposedEffect"]>;
type ToApprove = components["schemas"]["ToApprove"];

/** What a source offers, whatever became of it. */
export const definitionsQuery = (org: string, source: string) =>
  queryOptions({
    queryKey: [org, "sources", source, "definitions"],
    queryFn: async ({ signal }) => {
      const all: Definition[] = [];
      let cursor: string | undefined;
      do {
        const page = await answer(
          client.GET("/api/organizations/{org}/sources/{source}/definitions", { params: { path: { org, source }, query: { limit: 200, cursor } }, signal }),
        );
        all.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return all;
    },
  });

export const definitionQuery = (org: string, source: string, kind: Definition["kind"], definition: string) =>
  queryOptions({
    queryKey: [org, "sources", source, "definitions", kind, definition],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/organizations/{org}/sources/{source}/definitions/{kind}/{definition}", { params: { path: { org, source, kind, definition } }, signal })),
  });

export const waits = (d: Definition) => d.state === "pending" || d.state === "changed";

/** Whether a definition can be approved among others: what has a finding is looked at by itself first. */
export const isPlain = (d: Definition) => waits(d) && d.hash !== undefined && d.flags.length === 0;

/** A definition as it is offered, to be approved with an effect; undefined where it cannot be. */
export function toApprove(d: Definition, effect?: Effect): ToApprove | undefined {
  if (d.hash === undefined) return undefined;
  return { kind: d.kind, name: d.name, hash: d.hash, ...(d.kind === "tool" && { effect: effect ?? proposed(d) }) };
}

/** The effect that a tool has, or else the one that it says of itself, or else the worst. */
export const proposed = (d: Definition): Effect => d.approval?.effect ?? d.proposedEffect ?? "destructive";

export function useApprove(org: string, source: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (definitions: ToApprove[]) => answer(client.POST("/api/organizations/{org}/sources/{source}/approve", { params: { path: { org, source } }, body: { definitions } })),
    onSettled: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}

export function useWithdraw(org: string, source: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ kind, name }: Definition) =>
      answer(client.POST("/api/organizations/{org}/sources/{source}/withdraw", { params: { path: { org, source } }, body: { definitions: [{ kind, name }] } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}
