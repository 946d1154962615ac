import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Assignment, AssignmentSettings, ListedApp, Permission, ScopeCeiling, ToolRole } from "./access";
import { answer, client } from "./client";
import type { components } from "./schema";
import { tagged, type Tagged } from "./tagged";

type ToolRoleSettings = components["schemas"]["RoleSettings"];
type Ceiling = components["schemas"]["Ceiling"];

/** Reads one thing of an organization as it is at this moment. */
export const readNow = {
  role: (org: string, id: string): Promise<Tagged<ToolRole>> => tagged(client.GET("/api/organizations/{org}/roles/{id}", { params: { path: { org, id } } })),
  assignment: (org: string, id: string): Promise<Tagged<Assignment>> => tagged(client.GET("/api/organizations/{org}/assignments/{id}", { params: { path: { org, id } } })),
  app: (org: string, id: string): Promise<Tagged<ListedApp>> => tagged(client.GET("/api/organizations/{org}/clients/{client}", { params: { path: { org, client: id } } })),
  scope: (org: string, scope: string): Promise<Tagged<ScopeCeiling>> => tagged(client.GET("/api/organizations/{org}/scope-ceilings/{scope}", { params: { path: { org, scope } } })),
};

/** One change of what is decided about access. A tag is that of what was read before. */
export type AccessChange =
  | { do: "createRole"; body: ToolRoleSettings }
  | { do: "updateRole"; id: string; tag: string; body: ToolRoleSettings }
  | { do: "deleteRole"; id: string; tag: string }
  | { do: "createAssignment"; body: AssignmentSettings }
  | { do: "updateAssignment"; id: string; tag: string; body: AssignmentSettings }
  | { do: "deleteAssignment"; id: string; tag: string }
  | { do: "limitApp"; id: string; tag: string; name: string; patterns: string[] | undefined }
  | { do: "createScope"; scope: string; patterns: string[] }
  | { do: "updateScope"; scope: string; tag: string; body: Ceiling }
  | { do: "deleteScope"; scope: string; tag: string };

/** Resolves to the id of what was created, if something was. */
async function carryOut(org: string, change: AccessChange): Promise<string | undefined> {
  const header = "tag" in change ? { "If-Match": change.tag } : { "If-Match": "" };
  switch (change.do) {
    case "createRole":
      return (await answer(client.POST("/api/organizations/{org}/roles", { params: { path: { org } }, body: change.body }))).id;
    case "updateRole":
      await answer(client.PUT("/api/organizations/{org}/roles/{id}", { params: { path: { org, id: change.id }, header }, body: change.body }));
      return undefined;
    case "deleteRole":
      await answer(client.DELETE("/api/organizations/{org}/roles/{id}", { params: { path: { org, id: change.id }, header } }));
      return undefined;
    case "createAssignment":
      return (await answer(client.POST("/api/organizations/{org}/assignments", { params: { path: { org } }, body: change.body }))).id;
    case "updateAssignment":
      await answer(client.PUT("/api/organizations/{org}/assignments/{id}", { params: { path: { org, id: change.id }, header }, body: change.body }));
      return undefined;
    case "deleteAssignment":
      await answer(client.DELETE("/api/organizations/{org}/assignments/{id}", { params: { path: { org, id: change.id }, header } }));
      return undefined;
    case "limitApp": {
      const body = { name: change.name, maximumPermissions: change.patterns && { patterns: change.patterns } };
      await answer(client.PUT("/api/organizations/{org}/clients/{client}", { params: { path: { org, client: change.id }, header }, body }));
      return undefined;
    }
    case "createScope":
      await answer(client.POST("/api/organizations/{org}/scope-ceilings", { params: { path: { org } }, body: { scope: change.scope, patterns: change.patterns } }));
      return undefined;
    case "updateScope":
      await answer(client.PUT("/api/organizations/{org}/scope-ceilings/{scope}", { params: { path: { org, scope: change.scope }, header }, body: change.body }));
      return undefined;
    case "deleteScope":
      await answer(client.DELETE("/api/organizations/{org}/scope-ceilings/{scope}", { params: { path: { org, scope: change.scope }, header } }));
      return undefined;
  }
}

/** Carries a change out. Whatever the console knows of the organization is asked anew after it. */
export function useAccessChange(org: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: AccessChange) => carryOut(org, change),
    onSuccess: () => queries.invalidateQueries({ queryKey: [org] }),
  });
}

/** Permissions as the API takes them: without what is empty. */
export function tidy(permissions: Permission[]): Permission[] {
  return permissions.map(({ effect, patterns, condition, authenticationContext }) => ({
    effect,
    patterns,
    ...(condition && { condition }),
    ...(authenticationContext && { authenticationContext }),
  }));
}
