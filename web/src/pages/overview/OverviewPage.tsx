import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { openAlertsQuery } from "../../api/alerts";
import { seenAppsQuery } from "../../api/apps";
import { nextStepQuery } from "../../api/organization";
import { includes } from "../../api/roles";
import { supportQuery } from "../../api/support";
import { usageQuery } from "../../api/usage";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { OverviewView } from "./OverviewView";
import { readSpan, usualSpan } from "./span";

/** Asks for what the overview shows. */
export function OverviewPage() {
  const { organization, held } = usePlace();
  const org = organization.slug;
  const { span = usualSpan } = useSearch({ from: "/o/$org/" });
  const navigate = useNavigate();
  const router = useRouter();
  const usage = useQuery(usageQuery(org, span));
  const apps = useQuery(seenAppsQuery(org));
  const alerts = useQuery(openAlertsQuery(org));
  const step = useQuery(nextStepQuery(org));
  const decides = includes(held, "admin");
  const support = useQuery({ ...supportQuery(org), enabled: decides });
  const failed = [usage, apps, alerts, step, support].find((query) => query.isError);
  return (
    <OverviewView
      organization={organization}
      span={span}
      onSpan={(to) => {
        void navigate({ to: "/o/$org", params: { org }, search: readSpan({ span: to }), replace: true });
      }}
      usage={usage.data}
      toTool={(tool) => {
        const to = { to: "/o/$org/tools/$tool", params: { org, tool } } as const;
        return { address: router.buildLocation(to).href, go: () => void navigate(to) };
      }}
      waiting={apps.data?.items.filter((app) => app.waits).length}
      operators={decides ? support.data?.filter((one) => one.state === "pending").length : 0}
      alerts={alerts.data}
      step={step.data}
      trouble={failed?.error ? troubleOf(failed.error) : undefined}
      again={() => {
        void failed?.refetch();
      }}
    />
  );
}
