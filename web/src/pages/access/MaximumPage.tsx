import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type ListedApp, listedAppsQuery, type ScopeCeiling, scopeCeilingsQuery } from "../../api/access";
import { includes } from "../../api/roles";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { AppMaximumDialog } from "./AppMaximumDialog";
import { LiftScope } from "./LiftScope";
import { type Asked, MaximumView } from "./MaximumView";
import { ScopeMaximumDialog } from "./ScopeMaximumDialog";

type Open = { app: ListedApp } | { scope: ScopeCeiling | null } | { lift: ScopeCeiling };

const asked = <T,>(query: UseQueryResult<T[]>): Asked<T> => ({
  items: query.data,
  trouble: query.error ? troubleOf(query.error) : undefined,
  again: () => {
    void query.refetch();
  },
});

/** The most that AI apps and scopes may do. */
export function MaximumPage() {
  const { organization, held } = usePlace();
  const org = organization.slug;
  const apps = useQuery(listedAppsQuery(org));
  const scopes = useQuery(scopeCeilingsQuery(org));
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => {
    setOpen(null);
  };
  return (
    <>
      <MaximumView
        organization={organization.name}
        apps={asked(apps)}
        scopes={asked(scopes)}
        actions={
          includes(held, "admin")
            ? {
                onApp: (app) => {
                  setOpen({ app });
                },
                onScope: (scope) => {
                  setOpen({ scope });
                },
                onLift: (lift) => {
                  setOpen({ lift });
                },
              }
            : undefined
        }
      />
      {open && "app" in open && <AppMaximumDialog id={open.app.id} onClose={close} />}
      {open && "scope" in open && <ScopeMaximumDialog scope={open.scope?.scope} onClose={close} />}
      {open && "lift" in open && <LiftScope scope={open.lift.scope} onClose={close} />}
    </>
  );
}
