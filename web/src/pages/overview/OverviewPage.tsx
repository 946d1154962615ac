import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { openAlertsQuery } from "../../api/alerts";
import { seenAppsQuery } from "../../api/apps";
import { connectionsQuery } from "../../api/connections";
import { countsQuery, type Span } from "../../api/log";
import { nextStepQuery } from "../../api/organization";
import { includes } from "../../api/roles";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { OverviewView, type Use } from "./OverviewView";

/** Asks for what the overview shows, as far as the role may read it. */
export function OverviewPage() {
  const { organization, role } = usePlace();
  const org = organization.slug;
  const mayCount = includes(role, "auditor");
  const [span, setSpan] = useState<Span>("month");
  const calls = useQuery({ ...countsQuery(org, "calls", span), enabled: mayCount });
  const refusals = useQuery({ ...countsQuery(org, "refusals", span), enabled: mayCount });
  const connections = useInfiniteQuery(connectionsQuery(org));
  const apps = useQuery(seenAppsQuery(org));
  const alerts = useQuery(openAlertsQuery(org));
  const step = useQuery(nextStepQuery(org));
  const failed = [calls, refusals, connections, apps, alerts, step].find((query) => query.isError);
  const use: Use | undefined = mayCount
    ? { span, onSpan: setSpan, calls: calls.data, refusals: refusals.data }
    : undefined;
  return (
    <OverviewView
      organization={organization}
      use={use}
      people={connections.data && { count: new Set(connections.data.pages.flatMap((page) => page.items.map((c) => c.person.oid))).size, more: connections.hasNextPage }}
      apps={apps.data}
      alerts={alerts.data}
      step={step.data}
      trouble={failed?.error ? troubleOf(failed.error) : undefined}
      again={() => {
        void failed?.refetch();
      }}
    />
  );
}
