import { makeStyles, Tab, TabList, tokens } from "@fluentui/react-components";
import type { Alert } from "../../api/alerts";
import type { OnboardingStep, Organization } from "../../api/organization";
import { type Span, spans, type Usage } from "../../api/usage";
import { overview as said } from "../../messages/overview";
import { Failure, type Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";
import { Attention } from "./Attention";
import { Endpoint } from "./Endpoint";
import { Figures } from "./Figures";
import { TopTools, type Way } from "./TopTools";
import { ActiveChart, LatencyChart, UseChart } from "./UseChart";

interface Props {
  organization: Organization;
  span: Span;
  onSpan: (span: Span) => void;
  usage: Usage | undefined;
  toTool: (tool: string) => Way;
  waiting: number | undefined; // AI apps
  operators: number | undefined; // who ask to look inside
  alerts: Alert[] | undefined;
  step: OnboardingStep | null | undefined;
  trouble: Trouble | undefined;
  again: () => void;
}

const useStyles = makeStyles({
  spans: { marginBottom: tokens.spacingVerticalM, marginLeft: `calc(-1 * ${tokens.spacingHorizontalS})` },
  columns: {
    display: "grid",
    gridTemplateColumns: "minmax(0, 3fr) minmax(0, 2fr)",
    gap: tokens.spacingHorizontalL,
    alignItems: "start",
    "@media (max-width: 1100px)": { gridTemplateColumns: "minmax(0, 1fr)" },
  },
  stack: { display: "grid", gap: tokens.spacingVerticalL, minWidth: 0 },
  pair: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(16rem, 100%), 1fr))", gap: tokens.spacingHorizontalL },
});

export function OverviewView({ organization, span, onSpan, usage, toTool, waiting, operators, alerts, step, trouble, again }: Props) {
  const styles = useStyles();
  const settled = trouble !== undefined || (alerts !== undefined && step !== undefined && waiting !== undefined && operators !== undefined); // what is below moves no more
  const quiet = usage !== undefined && usage.total.calls + usage.total.refusals === 0;
  return (
    <Page title={said.title} organization={organization.name}>
      {trouble && <Failure trouble={trouble} again={again} />}
      <Spans span={span} onSpan={onSpan} className={styles.spans} />
      <Figures total={usage?.total} span={span} />
      <div className={styles.columns}>
        <div className={styles.stack}>
          <UseChart usage={usage} span={span} slug={organization.slug} />
          {!quiet && (
            <div className={styles.pair}>
              <LatencyChart usage={usage} span={span} />
              <ActiveChart usage={usage} span={span} />
            </div>
          )}
          <TopTools tools={usage?.tools} span={span} toTool={toTool} />
        </div>
        <div className={styles.stack}>
          <Attention alerts={alerts} step={step} waiting={waiting} operators={operators} slug={organization.slug} />
          {settled && <Endpoint slug={organization.slug} />}
        </div>
      </div>
    </Page>
  );
}

function Spans({ span, onSpan, className }: { span: Span; onSpan: (span: Span) => void; className: string }) {
  return (
    <TabList
      size="small"
      className={className}
      aria-label={said.span}
      selectedValue={span}
      onTabSelect={(_, to) => {
        const chosen = spans.find((known) => known === to.value);
        if (chosen) onSpan(chosen);
      }}
    >
      {spans.map((known) => (
        <Tab key={known} value={known}>
          {said.spans[known]}
        </Tab>
      ))}
    </TabList>
  );
}
