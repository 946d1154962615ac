import { useQuery } from "@tanstack/react-query";
import { Outlet, useMatch, useParams } from "@tanstack/react-router";
import { organizationQuery } from "../api/organization";
import { sessionQuery } from "../api/session";
import { troubleOf } from "../trouble";
import { FailurePage } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { Elsewhere, isElsewhere } from "./Elsewhere";
import { Deleted } from "./Deleted";
import { type Place, PlaceContext } from "./place";
import { NoRole } from "./NoRole";
import { PersonalShell } from "./PersonalShell";
import { Shell } from "./Shell";
import { Unread } from "./Unread";

/** Finds out who is here, which organization it is and what they are there. */
export function ShellPage() {
  const { org } = useParams({ from: "/o/$org" });
  const personal = useMatch({ from: "/o/$org/me", shouldThrow: false }) !== undefined;
  const settings = useMatch({ from: "/o/$org/settings/", shouldThrow: false }) !== undefined;
  const session = useQuery(sessionQuery);
  const own = session.data?.organization;
  const without = own?.slug === org && own.role === undefined;
  const organization = useQuery({ ...organizationQuery(org), enabled: session.data !== undefined && !without });
  const again = () => {
    void session.refetch();
    if (!without) void organization.refetch();
  };
  const error = (session.data ? null : session.error) ?? (organization.data ? null : organization.error);
  if (isElsewhere(organization.error, session.data, org)) return <Elsewhere slug={org} />;
  if (error) return <FailurePage trouble={troubleOf(error)} again={again} />;
  const unread = <Unread error={session.error ?? organization.error} again={again} />;
  if (without && own.state === "deleted" && session.data) {
    return (
      <PersonalShell session={session.data} slug={org} name={own.name}>
        <Deleted name={own.name} settings={undefined} />
      </PersonalShell>
    );
  }
  if (without && !personal) return <NoRole slug={org} />;
  if (without && session.data) {
    return (
      <PersonalShell session={session.data} slug={org} name={own.name}>
        {unread}
        <Outlet />
      </PersonalShell>
    );
  }
  if (!session.data || !organization.data) return <Loading />;
  const visiting = own?.slug !== org;
  const place: Place = { organization: organization.data, held: visiting ? ["viewer"] : own.roles, visiting };
  return (
    <PlaceContext value={place}>
      <Shell place={place} session={session.data}>
        {unread}
        {place.organization.state === "deleted" && !settings ? <Deleted name={place.organization.name} settings={`/o/${org}/settings`} /> : <Outlet />}
      </Shell>
    </PlaceContext>
  );
}
