import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";
import { type Change, tagged, useAct } from "./tagged";

export type OrganizationSettings = components["schemas"]["OrganizationSettings"];
export type Settled = components["schemas"]["NotifiedOrganization"];
export type SignInChange = components["schemas"]["SignInChange"];

const one = "/api/organizations/{org}";

/** Reads the organization, for a form that is about to open. */
export const readSettings = (org: string) => tagged(client.GET(one, { params: { path: { org } } }));

/** The organization with the tag that changes of it name. */
export const settingsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "settings"],
    queryFn: ({ signal }) => tagged(client.GET(one, { params: { path: { org } }, signal })),
  });

export const useUpdateOrganization = (org: string) =>
  useAct(org, ({ tag, body }: Change<OrganizationSettings>) => answer(client.PUT(one, { params: { path: { org }, header: { "If-Match": tag } }, body })));

export type Move = "suspend" | "resume" | "delete" | "restore";

/** Suspends, resumes, deletes or restores the organization as it was read. */
export const useMove = (org: string) =>
  useAct(org, ({ move, tag }: { move: Move; tag: string }) => {
    const params = { path: { org }, header: { "If-Match": tag } };
    switch (move) {
      case "suspend":
        return answer(client.POST(`${one}/suspend`, { params }));
      case "resume":
        return answer(client.POST(`${one}/resume`, { params }));
      case "restore":
        return answer(client.POST(`${one}/restore`, { params }));
      case "delete":
        return answer(client.DELETE(one, { params }));
    }
  });

/** What an update says when it leaves everything as it is. */
export function asItIs(o: Settled): OrganizationSettings {
  return { name: o.name, origins: o.origins, membership: o.membership };
}

/** Takes back a shortening of how long the log, or bodies of calls, are kept. */
export const useKeepLonger = (org: string) =>
  useAct(org, async (what: "months" | "days") => {
    const { value, tag } = await readSettings(org);
    const { retentionMonths, shortened, bodyDays, bodiesShortened } = value.log;
    const log = what === "months" ? { retentionMonths: shortened?.effectiveMonths ?? retentionMonths } : { retentionMonths, bodyDays: bodiesShortened?.effectiveDays ?? bodyDays };
    return answer(client.PUT(one, { params: { path: { org }, header: { "If-Match": tag } }, body: { ...asItIs(value), log } }));
  });
