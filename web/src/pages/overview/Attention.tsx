import { Badge, Link, makeStyles, Skeleton, SkeletonItem, Text, tokens } from "@fluentui/react-components";
import { CheckmarkCircleRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Alert } from "../../api/alerts";
import type { OnboardingStep } from "../../api/organization";
import { messages } from "../../messages/common";
import { overview as said } from "../../messages/overview";
import { Card } from "../../ui/Card";
import { EmptyState } from "../../ui/EmptyState";
import { When } from "../../ui/When";

interface Props {
  alerts: Alert[] | undefined;
  step: OnboardingStep | null | undefined;
  waiting: number | undefined;
  operators: number | undefined;
  slug: string;
}

const colors = { critical: "danger", warning: "warning", info: "informative" } as const;

const useStyles = makeStyles({
  list: { listStyleType: "none", margin: 0, padding: 0, display: "grid" },
  item: {
    display: "grid",
    gap: tokens.spacingVerticalXS,
    padding: `${tokens.spacingVerticalM} 0`,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    ":first-child": { borderTop: "none", paddingTop: 0 },
    overflowWrap: "anywhere",
  },
  head: { display: "flex", gap: tokens.spacingHorizontalS, alignItems: "center", justifyContent: "space-between" },
  faint: { color: tokens.colorNeutralForeground3 },
  remedy: { margin: 0 },
  waiting: { display: "grid", gap: tokens.spacingVerticalM },
});

interface Matter {
  id: string;
  severity: keyof typeof colors;
  title: string;
  text: string;
  remedy?: string;
  link?: string;
  since?: string;
}

/** What somebody has to do, the most urgent first. */
export function Attention({ alerts, step, waiting, operators, slug }: Props) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const ready = alerts && step !== undefined && waiting !== undefined && operators !== undefined;
  return (
    <Card title={said.attention}>
      {!ready && (
        <Skeleton aria-label={messages.loading} className={styles.waiting}>
          <SkeletonItem size={24} />
          <SkeletonItem size={24} />
        </Skeleton>
      )}
      {ready && <Matters matters={matters(alerts, step, { apps: waiting, operators }, slug)} now={now} />}
    </Card>
  );
}

/** What there is to do: what the worker noticed, what is left of the set-up, what waits for an admin. */
export function matters(alerts: Alert[], step: OnboardingStep | null, waiting: { apps: number; operators: number }, slug: string): Matter[] {
  const all: Matter[] = alerts.map((alert) => ({ ...alert }));
  if (step) {
    all.push({ id: "setup", severity: step.state === "blocked" ? "warning" : "info", title: said.setup(step.title), text: step.explanation, remedy: step.remedy, link: `/o/${slug}/setup` });
  }
  if (waiting.operators > 0) {
    all.push({ id: "operators", severity: "warning", title: said.operators(waiting.operators), text: said.operatorsText, link: `/o/${slug}/settings/support` });
  }
  if (waiting.apps > 0) all.push({ id: "waiting", severity: "info", title: said.waiting(waiting.apps), text: said.waitingText, link: `/o/${slug}/people/apps` });
  const order = ["critical", "warning", "info"];
  return all.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

function Matters({ matters: all, now }: { matters: Matter[]; now: number }) {
  const styles = useStyles();
  if (all.length === 0) return <EmptyState icon={<CheckmarkCircleRegular />} title={said.calm} text={said.calmText} />;
  return (
    <ul className={styles.list}>
      {all.map((matter) => (
        <li key={matter.id} className={styles.item}>
          <div className={styles.head}>
            <Badge appearance="tint" color={colors[matter.severity]}>
              {said.severity[matter.severity]}
            </Badge>
            {matter.since && (
              <Text size={200} className={styles.faint}>
                <When at={matter.since} now={now} />
              </Text>
            )}
          </div>
          <Text weight="semibold">
            <bdi>{matter.title}</bdi>
          </Text>
          <Text>{matter.text}</Text>
          {matter.remedy && (
            <Text as="p" className={styles.remedy}>
              <b>{said.remedy}:</b> {matter.remedy}
            </Text>
          )}
          {matter.link && (
            <span>
              <Link href={matter.link} inline>
                {said.open}
              </Link>
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
