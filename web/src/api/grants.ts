import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";
import { type Change, every, tagged, useAct } from "./tagged";

export type RoleGrant = components["schemas"]["RoleGrant"];
export type RoleGrantSettings = components["schemas"]["RoleGrantSettings"];

const all = "/api/organizations/{org}/role-grants";
const one = "/api/organizations/{org}/role-grants/{id}";

/** Who may do what in this console. */
export const grantsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "role-grants"],
    queryFn: ({ signal }) => every((cursor) => answer(client.GET(all, { params: { path: { org }, query: { limit: 200, cursor } }, signal }))),
  });

export const readGrant = (org: string, id: string) => tagged(client.GET(one, { params: { path: { org, id } } }));

export const useCreateGrant = (org: string) => useAct(org, (body: RoleGrantSettings) => answer(client.POST(all, { params: { path: { org } }, body })));

export const useUpdateGrant = (org: string) =>
  useAct(org, ({ id, tag, body }: Change<RoleGrantSettings>) =>
    answer(client.PUT(one, { params: { path: { org, id }, header: { "If-Match": tag } }, body })),
  );

export const useDeleteGrant = (org: string) =>
  useAct(org, async (id: string) => {
    const { tag } = await readGrant(org, id);
    await answer(client.DELETE(one, { params: { path: { org, id }, header: { "If-Match": tag } } }));
  });
