import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import { useKeys } from "./once";
import type { components } from "./schema";
import { type Change, tagged, useAct } from "./tagged";

export type Sink = components["schemas"]["Sink"];
export type NewSink = components["schemas"]["NewSink"];
export type SinkSettings = components["schemas"]["SinkSettings"];
export type SinkKind = SinkSettings["kind"];
export type SinkStatus = components["schemas"]["SinkStatus"];

const all = "/api/organizations/{org}/sinks";
const one = "/api/organizations/{org}/sinks/{sink}";

export interface KnownSink {
  sink: Sink;
  status: SinkStatus;
}

/** Where the log goes, and how far it has got there. There are ten at most. */
export const sinksQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "log", "sinks"],
    queryFn: async ({ signal }): Promise<KnownSink[]> => {
      const params = { path: { org }, query: { limit: 200 } };
      const [sinks, statuses] = await Promise.all([answer(client.GET(all, { params, signal })), answer(client.GET("/api/organizations/{org}/sink-statuses", { params, signal }))]);
      const reached = new Map(statuses.items.map((status) => [status.sink, status]));
      return sinks.items.map((sink) => ({ sink, status: reached.get(sink.name) ?? { state: "waiting" } })); // added in between
    },
    refetchInterval: 30_000,
  });

export const readSink = (org: string, sink: string) => tagged(client.GET(one, { params: { path: { org, sink } } }));

/** Adds a sink, once for a key. */
export const addSink = (org: string, body: NewSink, header: { "Idempotency-Key": string }) => answer(client.POST(all, { params: { path: { org }, header }, body }));

export function useCreateSink(org: string) {
  const keys = useKeys();
  return useAct(org, async (body: NewSink) => {
    const made = await addSink(org, body, keys.for(body));
    keys.done();
    return made;
  });
}

export const useUpdateSink = (org: string) =>
  useAct(org, ({ id, tag, body }: Change<SinkSettings>) => answer(client.PUT(one, { params: { path: { org, sink: id }, header: { "If-Match": tag } }, body })));

export const useGiveSinkSecret = (org: string) =>
  useAct(org, ({ id, tag, body: secret }: Change<string>) =>
    answer(client.PUT(`${one}/credential`, { params: { path: { org, sink: id }, header: { "If-Match": tag } }, body: { secret } })),
  );

export const useRenewSinkSecret = (org: string) => useAct(org, (sink: string) => answer(client.POST(`${one}/secret`, { params: { path: { org, sink } } })));

/** A sink as whoever decides about it has read it. */
export interface ReadSink {
  name: string;
  tag: string;
}

/** Removes a sink that is still as it was read. */
export const useRemoveSink = (org: string) =>
  useAct(org, ({ name, tag }: ReadSink) => answer(client.DELETE(one, { params: { path: { org, sink: name }, header: { "If-Match": tag } } })));

/** Sends the newest checkpoint to a sink, to try it. */
export const useTestSink = (org: string) => useAct(org, (sink: string) => answer(client.POST(`${one}/test`, { params: { path: { org, sink } } })));
