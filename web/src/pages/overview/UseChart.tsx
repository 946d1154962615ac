import { Link, makeStyles, Skeleton, SkeletonItem } from "@fluentui/react-components";
import { DataHistogramRegular } from "@fluentui/react-icons";
import type { ReactNode } from "react";
import type { Span, Usage } from "../../api/usage";
import { messages } from "../../messages/common";
import { overview as said } from "../../messages/overview";
import { Bars } from "../../ui/Bars";
import { Card } from "../../ui/Card";
import { EmptyState } from "../../ui/EmptyState";
import { Lines } from "../../ui/Lines";
import { milliseconds, stretchName } from "./span";

interface Props {
  usage: Usage | undefined;
  span: Span;
}

const useStyles = makeStyles({ tall: { height: "240px" }, small: { height: "150px" } });

const number = (n: number) => n.toLocaleString("en-US");

/** A stretch of the span as a chart has it. */
const stretches = (usage: Usage, span: Span) => usage.stretches.map((stretch) => ({ ...stretch, id: stretch.from, label: stretchName(span, stretch.from) }));

/** Calls and refusals over time. */
export function UseChart({ usage, span, slug }: Props & { slug: string }) {
  const styles = useStyles();
  const quiet = usage && usage.total.calls + usage.total.refusals === 0;
  return (
    <Card title={said.chart}>
      {!usage && <Waiting className={styles.tall} />}
      {quiet && <EmptyState icon={<DataHistogramRegular />} title={said.quiet} text={said.quietText} action={<Link href={`/t/${slug}/mcp`}>{said.howTo}</Link>} />}
      {usage && !quiet && (
        <Bars
          label={said.chartLabel(number(usage.total.calls), number(usage.total.refusals), said.last[span])}
          heading={said.when}
          series={[said.calls, said.refusals]}
          bars={stretches(usage, span).map((s) => ({ ...s, values: [s.calls, s.refusals] }))}
        />
      )}
    </Card>
  );
}

/** How long calls took over time. */
export function LatencyChart({ usage, span }: Props) {
  return (
    <SmallChart title={said.latency}>
      {usage && (
        <Lines
          label={said.latencyLabel(said.last[span])}
          heading={said.when}
          series={[said.p95, said.p50]}
          points={stretches(usage, span).map((s) => ({ ...s, values: [s.p95, s.p50] }))}
          format={milliseconds}
        />
      )}
    </SmallChart>
  );
}

/** Who was active over time. */
export function ActiveChart({ usage, span }: Props) {
  return (
    <SmallChart title={said.activeTitle}>
      {usage && (
        <Lines
          label={said.activeLabel(said.last[span])}
          heading={said.when}
          series={[said.people, said.apps]}
          points={stretches(usage, span).map((s) => ({ ...s, values: [s.people, s.apps] }))}
          format={number}
        />
      )}
    </SmallChart>
  );
}

function SmallChart({ title, children }: { title: string; children: ReactNode }) {
  const styles = useStyles();
  return <Card title={title}>{children ?? <Waiting className={styles.small} />}</Card>;
}

function Waiting({ className }: { className: string }) {
  return (
    <Skeleton aria-label={messages.loading}>
      <SkeletonItem className={className} />
    </Skeleton>
  );
}
