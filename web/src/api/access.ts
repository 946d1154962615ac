import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type ToolRole = components["schemas"]["Role"];
export type Permission = components["schemas"]["Permission"];
export type Assignment = components["schemas"]["Assignment"];
export type AssignmentSettings = components["schemas"]["AssignmentSettings"];
export type SubjectKind = components["schemas"]["Subject"]["kind"];
export type ListedApp = components["schemas"]["Client"];
export type ScopeCeiling = components["schemas"]["ScopeCeiling"];
export type AccessTool = components["schemas"]["Tool"];

interface Some<T> {
  items: T[];
  nextCursor?: string;
}

/** Follows a list to its end: what is decided about access is seen whole or not at all. */
async function whole<T>(page: (cursor: string | undefined) => Promise<Some<T>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await page(cursor);
    all.push(...items);
    cursor = nextCursor;
  } while (cursor !== undefined);
  return all;
}

const params = (org: string, cursor: string | undefined) => ({ path: { org }, query: { limit: 200, cursor } });

export const rolesQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "access", "roles"],
    queryFn: ({ signal }) => whole((cursor) => answer(client.GET("/api/organizations/{org}/roles", { params: params(org, cursor), signal }))),
  });

export const assignmentsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "access", "assignments"],
    queryFn: ({ signal }) => whole((cursor) => answer(client.GET("/api/organizations/{org}/assignments", { params: params(org, cursor), signal }))),
  });

export const listedAppsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "access", "apps"],
    queryFn: ({ signal }) => whole((cursor) => answer(client.GET("/api/organizations/{org}/clients", { params: params(org, cursor), signal }))),
  });

export const scopeCeilingsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "access", "scopes"],
    queryFn: ({ signal }) => whole((cursor) => answer(client.GET("/api/organizations/{org}/scope-ceilings", { params: params(org, cursor), signal }))),
  });

/** Tools, prompts and resources that are switched on or approved, or could be. */
export const accessToolsQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "access", "tools"],
    queryFn: ({ signal }) => whole((cursor) => answer(client.GET("/api/organizations/{org}/tools", { params: params(org, cursor), signal }))),
  });
