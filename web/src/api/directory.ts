import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";
import { type Change, tagged, useAct } from "./tagged";

export type DirectoryConnection = components["schemas"]["Connection"];
export type ConnectionSettings = components["schemas"]["ConnectionSettings"];
export type NewCredential = components["schemas"]["NewCredential"];
export type Report = components["schemas"]["Report"];
export type Finding = components["schemas"]["Finding"];

const one = "/api/organizations/{org}/connection";

/** The connection to the directory, with the tag that changes of it name. */
export const directoryQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "directory"],
    queryFn: ({ signal }) => tagged(client.GET(one, { params: { path: { org } }, signal })),
  });

export const useUpdateDirectory = (org: string) =>
  useAct(org, ({ tag, body }: Change<ConnectionSettings>) => answer(client.PUT(one, { params: { path: { org }, header: { "If-Match": tag } }, body })));

export const useUpdateCredential = (org: string) =>
  useAct(org, ({ tag, body }: Change<NewCredential>) => answer(client.PUT(`${one}/credential`, { params: { path: { org }, header: { "If-Match": tag } }, body })));

/** Looks at everything live. */
export const useDoctor = (org: string) => useAct(org, () => answer(client.POST("/api/organizations/{org}/doctor", { params: { path: { org } }, body: {} })));
