import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";
import { type Change, every, tagged, useAct } from "./tagged";

export type Contact = components["schemas"]["Contact"];
export type NewContact = components["schemas"]["NewContact"];
export type ContactSettings = components["schemas"]["ContactSettings"];

const all = "/api/organizations/{org}/contacts";
const one = "/api/organizations/{org}/contacts/{contact}";

/** Who is told what is noticed. */
export const contactsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "contacts"],
    queryFn: ({ signal }) => every((cursor) => answer(client.GET(all, { params: { path: { org }, query: { limit: 200, cursor } }, signal }))),
  });

export const readContact = (org: string, contact: string) => tagged(client.GET(one, { params: { path: { org, contact } } }));

export const useCreateContact = (org: string) => useAct(org, (body: NewContact) => answer(client.POST(all, { params: { path: { org } }, body })));

export const useUpdateContact = (org: string) =>
  useAct(org, ({ id, tag, body }: Change<ContactSettings>) =>
    answer(client.PUT(one, { params: { path: { org, contact: id }, header: { "If-Match": tag } }, body })),
  );

export const useDeleteContact = (org: string) =>
  useAct(org, async (contact: string) => {
    const { tag } = await readContact(org, contact);
    await answer(client.DELETE(one, { params: { path: { org, contact }, header: { "If-Match": tag } } }));
  });

export const useTestContact = (org: string) => useAct(org, (contact: string) => answer(client.POST(`${one}/test`, { params: { path: { org, contact } } })));

export const useRenewContactSecret = (org: string) => useAct(org, (contact: string) => answer(client.POST(`${one}/secret`, { params: { path: { org, contact } } })));
