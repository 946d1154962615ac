import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { assignmentsQuery, rolesQuery, type ToolRole } from "../../api/access";
import { includes } from "../../api/roles";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { DeleteRole } from "./DeleteRole";
import { RoleDialog } from "./RoleDialog";
import { RolesView } from "./RolesView";

/** The tool roles of an organization. Which one is edited is in the address. */
export function RolesPage() {
  const { organization, held } = usePlace();
  const org = organization.slug;
  const roles = useQuery(rolesQuery(org));
  const assignments = useQuery(assignmentsQuery(org));
  const search = useSearch({ from: "/o/$org/access/roles" });
  const navigate = useNavigate({ from: "/o/$org/access/roles" });
  const [leaving, setLeaving] = useState<ToolRole | null>(null);
  const may = includes(held, "admin");
  const open = (role: string | undefined) => {
    void navigate({ search: (now) => ({ ...now, role }) });
  };
  const failed = [roles, assignments].find((query) => query.isError);
  return (
    <>
      <RolesView
        organization={organization.name}
        roles={roles.data}
        assignments={assignments.data}
        find={search.find ?? ""}
        onFind={(find) => {
          void navigate({ search: (now) => ({ ...now, find: find || undefined }), replace: true });
        }}
        trouble={failed?.error ? troubleOf(failed.error) : undefined}
        again={() => {
          void failed?.refetch();
        }}
        actions={
          may
            ? {
                onCreate: () => {
                  open("new");
                },
                onEdit: (role) => {
                  open(role.id);
                },
                onDelete: setLeaving,
                onAssign: (role) => {
                  void navigate({ to: "/o/$org/access/assignments", params: { org }, search: { assign: role.id } });
                },
              }
            : undefined
        }
      />
      {may && search.role && (
        <RoleDialog
          id={search.role === "new" ? undefined : search.role}
          onClose={() => {
            open(undefined);
          }}
        />
      )}
      {leaving && (
        <DeleteRole
          role={leaving}
          assignments={(assignments.data ?? []).filter((a) => a.role === leaving.id)}
          onClose={() => {
            setLeaving(null);
          }}
        />
      )}
    </>
  );
}
