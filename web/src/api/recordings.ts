import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";
import { type Change, every, tagged, useAct } from "./tagged";

export type Recording = components["schemas"]["Recording"];
export type NewRecording = components["schemas"]["NewRecording"];
export type RecordingSettings = components["schemas"]["RecordingSettings"];
export type BodyGrant = components["schemas"]["BodyGrant"];
export type BodyGrantSettings = components["schemas"]["BodyGrantSettings"];

const all = "/api/organizations/{org}/recordings";
const one = "/api/organizations/{org}/recordings/{recording}";
const grants = "/api/organizations/{org}/body-grants";

/** What the log keeps of calls besides digests. */
export const recordingsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "recordings"],
    queryFn: ({ signal }) => every((cursor) => answer(client.GET(all, { params: { path: { org }, query: { limit: 200, cursor } }, signal }))),
  });

export const readRecording = (org: string, recording: string) => tagged(client.GET(one, { params: { path: { org, recording } } }));

export const useCreateRecording = (org: string) => useAct(org, (body: NewRecording) => answer(client.POST(all, { params: { path: { org } }, body })));

export const useUpdateRecording = (org: string) =>
  useAct(org, ({ id, tag, body }: Change<RecordingSettings>) =>
    answer(client.PUT(one, { params: { path: { org, recording: id }, header: { "If-Match": tag } }, body })),
  );

export const useDeleteRecording = (org: string) =>
  useAct(org, async (recording: string) => {
    const { tag } = await readRecording(org, recording);
    await answer(client.DELETE(one, { params: { path: { org, recording }, header: { "If-Match": tag } } }));
  });

/** Who may read the bodies of calls that are kept. */
export const bodyGrantsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "body-grants"],
    queryFn: ({ signal }) => every((cursor) => answer(client.GET(grants, { params: { path: { org }, query: { limit: 200, cursor } }, signal }))),
  });

export const useCreateBodyGrant = (org: string) => useAct(org, (body: BodyGrantSettings) => answer(client.POST(grants, { params: { path: { org } }, body })));

export const useWithdrawBodyGrant = (org: string) => useAct(org, (id: string) => answer(client.POST(`${grants}/{id}/withdraw`, { params: { path: { org, id } } })));
