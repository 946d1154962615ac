import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";
import { type Change, every, tagged, useAct } from "./tagged";

export type ListedClient = components["schemas"]["Client"];
export type ClientSettings = components["schemas"]["ClientSettings"];
export type ClientRequest = components["schemas"]["ClientRequest"];

const all = "/api/organizations/{org}/clients";
const one = "/api/organizations/{org}/clients/{client}";
const requests = "/api/organizations/{org}/client-requests";

/** The list of clients: which AI apps may connect. */
export const clientsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "clients"],
    queryFn: ({ signal }) => every((cursor) => answer(client.GET(all, { params: { path: { org }, query: { limit: 200, cursor } }, signal }))),
  });

/** Software that somebody wanted, and no admin has decided about. */
export const clientRequestsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "client-requests"],
    queryFn: ({ signal }) => every((cursor) => answer(client.GET(requests, { params: { path: { org }, query: { limit: 200, cursor } }, signal }))),
    refetchInterval: 30_000,
  });

export const readClient = (org: string, id: string) => tagged(client.GET(one, { params: { path: { org, client: id } } }));

export const useListClient = (org: string) => useAct(org, (body: ListedClient) => answer(client.POST(all, { params: { path: { org } }, body })));

export const useUpdateClient = (org: string) =>
  useAct(org, ({ id, tag, body }: Change<ClientSettings>) =>
    answer(client.PUT(one, { params: { path: { org, client: id }, header: { "If-Match": tag } }, body })),
  );

export const useUnlistClient = (org: string) =>
  useAct(org, async (id: string) => {
    const { tag } = await readClient(org, id);
    await answer(client.DELETE(one, { params: { path: { org, client: id }, header: { "If-Match": tag } } }));
  });

export const useDismissRequest = (org: string) => useAct(org, (software: string) => answer(client.DELETE(requests, { params: { path: { org }, query: { software } } })));
