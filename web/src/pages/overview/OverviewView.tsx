import { makeStyles, tokens } from "@fluentui/react-components";
import { AppsRegular, PeopleRegular, ShieldProhibitedRegular, WrenchRegular } from "@fluentui/react-icons";
import type { Alert } from "../../api/alerts";
import type { SeenApp } from "../../api/apps";
import type { Series, Span } from "../../api/log";
import type { OnboardingStep, Organization } from "../../api/organization";
import { overview as said } from "../../messages/overview";
import { Failure, type Trouble } from "../../ui/Failure";
import { Figure } from "../../ui/Figure";
import { Page } from "../../ui/Page";
import { Attention } from "./Attention";
import { Endpoint } from "./Endpoint";
import { UseChart } from "./UseChart";

/** What the log says of how the endpoint is used. */
export interface Use {
  span: Span;
  onSpan: (span: Span) => void;
  calls: Series | undefined;
  refusals: Series | undefined;
}

interface Props {
  organization: Organization;
  use: Use | undefined; // undefined: the role may not read the log
  people: { count: number; more: boolean } | undefined;
  apps: { items: SeenApp[]; more: boolean } | undefined;
  alerts: Alert[] | undefined;
  step: OnboardingStep | null | undefined;
  trouble: Trouble | undefined;
  again: () => void;
}

const useStyles = makeStyles({
  figures: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(9rem, 1fr))", gap: tokens.spacingHorizontalL, margin: `0 0 ${tokens.spacingVerticalL}` },
  columns: {
    display: "grid",
    gridTemplateColumns: "minmax(0, 3fr) minmax(0, 2fr)",
    gap: tokens.spacingHorizontalL,
    alignItems: "start",
    "@media (max-width: 1100px)": { gridTemplateColumns: "minmax(0, 1fr)" },
  },
  stack: { display: "grid", gap: tokens.spacingVerticalL, minWidth: 0 },
});

const amount = (n: number, more: boolean) => (more ? said.atLeast(n) : n.toLocaleString("en-US"));

export function OverviewView({ organization, use, people, apps, alerts, step, trouble, again }: Props) {
  const styles = useStyles();
  const waiting = apps?.items.filter((app) => app.waits).length;
  const listed = apps?.items.filter((app) => app.listed).length ?? 0;
  const attention = <Attention alerts={alerts} step={step} waiting={waiting} slug={organization.slug} />;
  const endpoint = <Endpoint slug={organization.slug} />;
  return (
    <Page title={said.title} organization={organization.name}>
      {trouble && <Failure trouble={trouble} again={again} />}
      <dl className={styles.figures}>
        {use && <Figure icon={<WrenchRegular />} name={said.calls} number={use.calls && amount(use.calls.total, use.calls.partial)} note={said.last[use.span]} />}
        {use && (
          <Figure icon={<ShieldProhibitedRegular />} name={said.refusals} number={use.refusals && amount(use.refusals.total, use.refusals.partial)} note={said.last[use.span]} />
        )}
        <Figure icon={<PeopleRegular />} name={said.people} number={people && amount(people.count, people.more)} note={said.connected} />
        <Figure icon={<AppsRegular />} name={said.apps} number={apps && amount(apps.items.length, apps.more)} note={said.seen(listed)} />
      </dl>
      <div className={styles.columns}>
        <div className={styles.stack}>
          {use && <UseChart use={use} slug={organization.slug} />}
          {!use && attention}
          {use && endpoint}
        </div>
        {use ? attention : endpoint}
      </div>
    </Page>
  );
}
