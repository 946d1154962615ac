import { Link, makeStyles, MessageBar, MessageBarBody, Skeleton, SkeletonItem, Tab, TabList } from "@fluentui/react-components";
import { DataHistogramRegular } from "@fluentui/react-icons";
import type { Span } from "../../api/log";
import { messages } from "../../messages/common";
import { overview as said } from "../../messages/overview";
import { type Bar, Bars } from "../../ui/Bars";
import { Card } from "../../ui/Card";
import { EmptyState } from "../../ui/EmptyState";
import type { Use } from "./OverviewView";

const useStyles = makeStyles({ waiting: { height: "240px" } });

const days = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", timeZone: "UTC" });
const hours = new Intl.DateTimeFormat("en-US", { hour: "numeric", timeZone: "UTC" });
const spans: Span[] = ["day", "week", "month"];

/** Calls and refusals over time. */
export function UseChart({ use, slug }: { use: Use; slug: string }) {
  return (
    <Card
      title={said.chart}
      actions={
        <TabList
          size="small"
          aria-label={said.span}
          selectedValue={use.span}
          onTabSelect={(_, to) => {
            const span = spans.find((known) => known === to.value);
            if (span) use.onSpan(span);
          }}
        >
          {spans.map((span) => (
            <Tab key={span} value={span}>
              {said.spans[span]}
            </Tab>
          ))}
        </TabList>
      }
    >
      <Chart use={use} slug={slug} />
    </Card>
  );
}

function Chart({ use: { calls, refusals, span }, slug }: { use: Use; slug: string }) {
  const styles = useStyles();
  if (!calls || !refusals) {
    return (
      <Skeleton aria-label={messages.loading}>
        <SkeletonItem className={styles.waiting} />
      </Skeleton>
    );
  }
  if (calls.total + refusals.total === 0) {
    return <EmptyState icon={<DataHistogramRegular />} title={said.quiet} text={said.quietText} action={<Link href={`/t/${slug}/mcp`}>{said.howTo}</Link>} />;
  }
  const format = span === "day" ? hours : days;
  const bars: Bar[] = calls.stretches.map((stretch, i) => ({
    id: stretch.from,
    label: format.format(new Date(stretch.from)),
    values: [stretch.count, refusals.stretches[i]?.count ?? 0],
  }));
  const number = (n: number) => n.toLocaleString("en-US");
  return (
    <>
      {(calls.partial || refusals.partial) && (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>{said.partial}</MessageBarBody>
        </MessageBar>
      )}
      <Bars label={said.chartLabel(number(calls.total), number(refusals.total), said.last[span])} heading={said.when} series={[said.calls, said.refusals]} bars={bars} />
    </>
  );
}
