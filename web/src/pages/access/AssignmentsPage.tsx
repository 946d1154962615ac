import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { type Assignment, assignmentsQuery, rolesQuery } from "../../api/access";
import { useReconcileGroups } from "../../api/groups";
import { includes } from "../../api/roles";
import { assignments as said } from "../../messages/assignments";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { AssignmentDialog } from "./AssignmentDialog";
import { AssignmentsView } from "./AssignmentsView";
import { RemoveAssignment } from "./RemoveAssignment";

/** The assignments of an organization. Which role is being assigned is in the address. */
export function AssignmentsPage() {
  const { organization, held } = usePlace();
  const org = organization.slug;
  const roles = useQuery(rolesQuery(org));
  const assignments = useQuery(assignmentsQuery(org));
  const reconcile = useReconcileGroups(org);
  const tell = useTell();
  const search = useSearch({ from: "/o/$org/access/assignments" });
  const navigate = useNavigate({ from: "/o/$org/access/assignments" });
  const [edited, setEdited] = useState<Assignment | null>(null);
  const [leaving, setLeaving] = useState<Assignment | null>(null);
  const may = includes(held, "admin");
  const open = (assign: string | undefined) => {
    void navigate({ search: (now) => ({ ...now, assign }) });
  };
  const lookUp = () => {
    reconcile.mutate(undefined, {
      onSuccess: ({ renamed, deleted }) => {
        tell(said.reconciled(renamed.length), { text: said.reconciledText(deleted.length) });
      },
      onError: (error) => {
        const { title, text } = troubleOf(error);
        tell(title, { text, intent: "error" });
      },
    });
  };
  const failed = [roles, assignments].find((query) => query.isError);
  return (
    <>
      <AssignmentsView
        organization={organization.name}
        assignments={assignments.data}
        roles={roles.data}
        deleted={reconcile.data?.deleted.map((group) => group.id) ?? []}
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
                onEdit: setEdited,
                onRemove: setLeaving,
                onReconcile: reconcile.isPending ? undefined : lookUp,
              }
            : undefined
        }
      />
      {may && search.assign && (
        <AssignmentDialog
          id={undefined}
          preset={search.assign === "new" ? {} : { role: search.assign }}
          onClose={() => {
            open(undefined);
          }}
        />
      )}
      {edited && (
        <AssignmentDialog
          id={edited.id}
          onClose={() => {
            setEdited(null);
          }}
        />
      )}
      {leaving && (
        <RemoveAssignment
          assignment={leaving}
          role={roles.data?.find((role) => role.id === leaving.role)?.name ?? leaving.role}
          onClose={() => {
            setLeaving(null);
          }}
        />
      )}
    </>
  );
}
