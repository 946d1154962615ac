import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { type Act, type OperatedOrganization, organizationsQuery, useAct } from "../../api/operator";
import { operator } from "../../messages/operator";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { ActDialog } from "./ActDialog";
import { OrganizationsView } from "./OrganizationsView";
import { SupportPanel } from "./SupportPanel";

const said = operator.organizations;
const route = getRouteApi("/operator/");

/** The organizations of the platform, and what an operator may do with one. */
export function OrganizationsPage() {
  const list = useInfiniteQuery(organizationsQuery);
  const act = useAct();
  const tell = useTell();
  const { support } = route.useSearch();
  const navigate = route.useNavigate();
  const [asked, setAsked] = useState<{ organization: OperatedOrganization; act: Act } | null>(null);
  const organizations = list.data?.pages.flatMap((page) => page.items);
  const looked = organizations?.find((o) => o.slug === support);
  return (
    <>
      <OrganizationsView
        organizations={organizations}
        more={list.hasNextPage}
        onMore={() => {
          void list.fetchNextPage();
        }}
        trouble={list.error ? troubleOf(list.error) : undefined}
        again={() => {
          void list.refetch();
        }}
        onAct={(organization, wanted) => {
          act.reset();
          setAsked({ organization, act: wanted });
        }}
        onSupport={(organization) => {
          void navigate({ search: { support: organization.slug } });
        }}
      />
      {asked && (
        <ActDialog
          slug={asked.organization.slug}
          act={asked.act}
          busy={act.isPending}
          trouble={act.error ? troubleOf(act.error) : undefined}
          onSubmit={(reason) => {
            act.mutate(
              { id: asked.organization.id, act: asked.act, reason },
              {
                onSuccess: () => {
                  setAsked(null);
                  tell(said.done[asked.act](asked.organization.slug));
                },
              },
            );
          }}
          onCancel={() => {
            setAsked(null);
          }}
        />
      )}
      {looked && (
        <SupportPanel
          organization={looked}
          onClose={() => {
            void navigate({ search: {} });
          }}
        />
      )}
    </>
  );
}
