import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { accessToolsQuery, rolesQuery } from "../../api/access";
import { includes } from "../../api/roles";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { CellPanel } from "./CellPanel";
import { MatrixView } from "./MatrixView";
import { useNarrow } from "./useNarrow";

/** Roles by tools. The cell whose reasons are shown is in the address. */
export function MatrixPage() {
  const { organization, held } = usePlace();
  const org = organization.slug;
  const roles = useQuery(rolesQuery(org));
  const tools = useQuery(accessToolsQuery(org));
  const narrow = useNarrow();
  const search = useSearch({ from: "/o/$org/access/matrix" });
  const navigate = useNavigate({ from: "/o/$org/access/matrix" });
  const failed = [roles, tools].find((query) => query.isError);
  const role = roles.data?.find((r) => r.id === search.role);
  return (
    <>
      <MatrixView
        organization={organization.name}
        roles={roles.data}
        tools={tools.data}
        narrow={narrow}
        find={search.find ?? ""}
        onFind={(find) => {
          void navigate({ search: (now) => ({ ...now, find: find || undefined }), replace: true });
        }}
        trouble={failed?.error ? troubleOf(failed.error) : undefined}
        again={() => {
          void failed?.refetch();
        }}
        onCell={(r, tool) => {
          void navigate({ search: (now) => ({ ...now, role: r.id, tool: tool.name }) });
        }}
      />
      {role && search.tool && (
        <CellPanel
          role={role}
          tool={search.tool}
          onEdit={
            includes(held, "admin")
              ? () => {
                  void navigate({ to: "/o/$org/access/roles", params: { org }, search: { role: role.id } });
                }
              : undefined
          }
          onExplain={() => {
            void navigate({ to: "/o/$org/access/explorer", params: { org }, search: { tool: search.tool } });
          }}
          onClose={() => {
            void navigate({ search: (now) => ({ find: now.find }) });
          }}
        />
      )}
    </>
  );
}
