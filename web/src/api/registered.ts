import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";
import { type Change, every, tagged, useAct } from "./tagged";

export type RegisteredClient = components["schemas"]["PreregisteredClient"];
export type NewRegisteredClient = components["schemas"]["NewPreregisteredBody"];
export type RegisteredSettings = components["schemas"]["PreregisteredClientSettings"];
export type ClientSecret = components["schemas"]["ClientSecret"];

const all = "/api/organizations/{org}/preregistered-clients";
const one = "/api/organizations/{org}/preregistered-clients/{client}";
const secret = "/api/organizations/{org}/preregistered-clients/{client}/secrets/{id}";

/** AI apps that admins have registered here. */
export const registeredQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "registered"],
    queryFn: ({ signal }) => every((cursor) => answer(client.GET(all, { params: { path: { org }, query: { limit: 200, cursor } }, signal }))),
  });

export const readRegistered = (org: string, id: string) => tagged(client.GET(one, { params: { path: { org, client: id } } }));

export const useRegister = (org: string) => useAct(org, (body: NewRegisteredClient) => answer(client.POST(all, { params: { path: { org } }, body })));

export const useUpdateRegistered = (org: string) =>
  useAct(org, ({ id, tag, body }: Change<RegisteredSettings>) =>
    answer(client.PUT(one, { params: { path: { org, client: id }, header: { "If-Match": tag } }, body })),
  );

export const useDeleteRegistered = (org: string) =>
  useAct(org, async (id: string) => {
    const { tag } = await readRegistered(org, id);
    await answer(client.DELETE(one, { params: { path: { org, client: id }, header: { "If-Match": tag } } }));
  });

export const useCreateSecret = (org: string) =>
  useAct(org, ({ id, days }: { id: string; days: number }) => answer(client.POST(`${one}/secrets`, { params: { path: { org, client: id } }, body: { days } })));

export const useDeleteSecret = (org: string) =>
  useAct(org, async ({ id, secretId }: { id: string; secretId: string }) => {
    const path = { org, client: id, id: secretId };
    const { tag } = await tagged(client.GET(secret, { params: { path } }));
    await answer(client.DELETE(secret, { params: { path, header: { "If-Match": tag } } }));
  });
