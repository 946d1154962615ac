import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, answerTagged, client } from "./client";
import { type Keys, useKeys } from "./once";
import type { components } from "./schema";
import { addSink } from "./sinks";

type Schemas = components["schemas"];
export type SetupState = Schemas["OnboardingState"];
export type SetupStep = Schemas["Step"];
export type AskedPermission = Schemas["AskedPermission"];
export type Referral = Schemas["Referral"];
export type Connection = Schemas["Connection"];
export type Model = Schemas["ConnectionSettings"]["model"];
export type NewCredential = Schemas["NewCredential"];
export type Setup = Schemas["Setup"];
export type PortalStep = Schemas["PortalStep"];
export type Snippet = Schemas["SetupSnippet"];
export type Report = Schemas["Report"];
export type NotChecked = Schemas["NotChecked"];
export type Finding = Schemas["Finding"];
export type Claimed = Schemas["ClaimedOrganization"];

/** What kind of app registration is wanted. */
export type Wanted = Schemas["WantedRegistration"];

const at = (org: string) => ({ params: { path: { org } } });

/** How far an organization is, looked at live. */
export const setupQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "setup"],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}/onboarding", { ...at(org), signal })),
    staleTime: 0,
  });

/** The connection to the directory, and the ETag to change it with. */
export const directoryConnectionQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "directory-connection"],
    queryFn: ({ signal }) => answerTagged(client.GET("/api/organizations/{org}/connection", { ...at(org), signal })),
    staleTime: 0,
  });

/** How to make the app registration, with the organization's own values. */
export const describedQuery = (org: string, wanted: Wanted) =>
  queryOptions({
    queryKey: [org, "directory-connection", "described", wanted],
    queryFn: ({ signal }) => answer(client.POST("/api/organizations/{org}/setup", { ...at(org), body: wanted, signal })),
  });

/** The doctor, who looks again whenever somebody comes back from another window. */
export const doctorQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "doctor"],
    queryFn: ({ signal }) => answer(client.POST("/api/organizations/{org}/doctor", { ...at(org), signal })),
    staleTime: 0,
    refetchOnWindowFocus: "always",
  });

/** Groups of the directory whose name has words that begin so. */
export const groupsQuery = (org: string, search: string) =>
  queryOptions({
    queryKey: [org, "groups", search],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}/groups", { params: { path: { org }, query: { search, limit: 20 } }, signal })),
    enabled: search.trim() !== "",
  });

/** The tools that there are, for choosing the first ones. */
export const offeredToolsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "offered-tools"],
    queryFn: async ({ signal }) => {
      const page = await answer(client.GET("/api/organizations/{org}/tools", { params: { path: { org }, query: { limit: 200 } }, signal }));
      return page.items.filter((tool) => tool.kind === "tool");
    },
  });

/** Something that moves the set-up on; afterwards everything of the organization is asked anew. */
function useStep<V, R>(org: string, act: (v: V, keys: Keys) => Promise<R>) {
  const queries = useQueryClient();
  const keys = useKeys();
  const onSuccess = () => {
    keys.done();
  };
  return useMutation({ mutationFn: (v: V) => act(v, keys), onSuccess, onSettled: () => queries.invalidateQueries({ queryKey: [org] }) });
}

/** Registers the directory of the session, or joins a colleague who has. */
export function useClaim() {
  const queries = useQueryClient();
  const keys = useKeys();
  return useMutation({
    mutationFn: (claim: Schemas["Claim"]) => answer(client.POST("/api/organizations", { params: { header: keys.for(claim) }, body: claim })),
    onSuccess: () => {
      keys.done();
      return queries.invalidateQueries();
    },
  });
}

const readConnection = (org: string) => answerTagged(client.GET("/api/organizations/{org}/connection", at(org)));

/** Connects to an app registration, and leaves what was decided about it as it is. */
async function connect(org: string, model: Model, clientId?: string) {
  const { body, tag } = await readConnection(org);
  const settings: Schemas["ConnectionSettings"] = body.settings.model === model ? { ...body.settings, model } : { model };
  if (clientId) settings.clientId = clientId;
  return answer(client.PUT("/api/organizations/{org}/connection", { params: { path: { org }, header: { "If-Match": tag } }, body: settings }));
}

async function putCredential(org: string, credential: NewCredential) {
  const { tag } = await readConnection(org);
  return answer(client.PUT("/api/organizations/{org}/connection/credential", { params: { path: { org }, header: { "If-Match": tag } }, body: credential }));
}

const register = (org: string, wanted: Wanted, header: ReturnType<Keys["for"]>) =>
  answer(client.POST("/api/organizations/{org}/registration", { params: { path: { org }, header }, body: wanted }));

export const useConnect = (org: string) => useStep(org, ({ model, clientId }: { model: Model; clientId?: string }) => connect(org, model, clientId));

export const useCredential = (org: string) => useStep(org, (credential: NewCredential) => putCredential(org, credential));

/**
 * Has the app registration made as the person, connects it and gives it the credential
 * without a secret. Another client id is another connection, which the registration has
 * to trust: hence the second run, which only completes the first.
 */
export const useRegistration = (org: string) =>
  useStep(org, async (_: unknown, keys) => {
    const wanted: Wanted = { model: "own", credential: "platform_issuer" };
    const { body } = await readConnection(org);
    const made = await register(org, wanted, keys.for(["register", wanted]));
    if (body.settings.clientId !== made.clientId) await connect(org, "own", made.clientId);
    await putCredential(org, { kind: "platform_issuer" });
    return register(org, wanted, keys.for(["complete", wanted]));
  });

export const useConsentLink = (org: string) => useStep(org, () => answer(client.POST("/api/organizations/{org}/consent", at(org))));

export interface FirstMapping {
  group: { id: string; name: string };
  role: string;
  tools: string[];
}

/** Switches tools on, and gives a group a tool role with them. What an earlier try has made is taken up. */
export const useFirstMapping = (org: string) =>
  useStep(org, async ({ group, role, tools }: FirstMapping, keys) => {
    for (const tool of tools) await enable(org, tool);
    const { items } = await answer(client.GET("/api/organizations/{org}/roles", { params: { path: { org }, query: { limit: 200 } } }));
    const settings: Schemas["RoleSettings"] = { name: role, permissions: [{ effect: "allow", patterns: tools }] };
    const made =
      items.find((one) => one.name === role && JSON.stringify(one.permissions) === JSON.stringify(settings.permissions)) ??
      (await answer(client.POST("/api/organizations/{org}/roles", { params: { path: { org }, header: keys.for(settings) }, body: settings })));
    const assigned: Schemas["AssignmentSettings"] = { role: made.id, subject: { kind: "group", value: group.id }, name: group.name };
    return answer(client.POST("/api/organizations/{org}/assignments", { params: { path: { org }, header: keys.for(assigned) }, body: assigned }));
  });

async function enable(org: string, tool: string) {
  const path = { org, tool };
  const { body, tag } = await answerTagged(client.GET("/api/organizations/{org}/tools/{tool}", { params: { path } }));
  if (body.enabled) return;
  await answer(
    client.PUT("/api/organizations/{org}/tools/{tool}", { params: { path, header: { "If-Match": tag } }, body: { enabled: true, effect: body.effect ?? body.deliveredEffect } }),
  );
}

/** Has checkpoints of the log sent to a mailbox. */
export const useMailbox = (org: string) =>
  useStep(org, (email: string, keys) => addSink(org, { name: "checkpoints", kind: "mailbox", email, checkpoints: true }, keys.for(email)));

export const useNoCheckpoints = (org: string) => useStep(org, () => answer(client.POST("/api/organizations/{org}/onboarding/checkpoints", at(org))));

export const useActivate = (org: string) => useStep(org, () => answer(client.POST("/api/organizations/{org}/activate", at(org))));

/** Calls a tool without arguments as the person, and tells what it answers. */
export function useFirstCall(org: string) {
  const keys = useKeys();
  return useMutation({
    mutationFn: (tool: string) =>
      answer(client.POST("/api/organizations/{org}/tools/{tool}/calls", { params: { path: { org, tool }, header: keys.for(tool) }, body: { arguments: {} } })),
    onSuccess: () => {
      keys.done();
    },
  });
}
