import { Link, makeStyles, Skeleton, SkeletonItem, Text, tokens } from "@fluentui/react-components";
import type { Span, Usage } from "../../api/usage";
import { messages } from "../../messages/common";
import { overview as said } from "../../messages/overview";
import { Card } from "../../ui/Card";
import { milliseconds } from "./span";

/** A way to another page. */
export interface Way {
  address: string;
  go: () => void;
}

const useStyles = makeStyles({
  list: { listStyleType: "none", margin: 0, padding: 0, display: "grid", gap: tokens.spacingVerticalM },
  head: { display: "flex", flexWrap: "wrap", justifyContent: "space-between", columnGap: tokens.spacingHorizontalM, overflowWrap: "anywhere" },
  faint: { color: tokens.colorNeutralForeground3, fontVariantNumeric: "tabular-nums" },
  meter: { display: "block", width: "100%", height: "4px", marginTop: tokens.spacingVerticalXS },
  track: { fill: tokens.colorNeutralStroke2 },
  filled: { fill: tokens.colorCompoundBrandBackground },
  waiting: { height: "120px" },
});

/** The tools that were called most, and ways to them. */
export function TopTools({ tools, span, toTool }: { tools: Usage["tools"] | undefined; span: Span; toTool: (tool: string) => Way }) {
  const styles = useStyles();
  return (
    <Card title={said.topTools}>
      {!tools && (
        <Skeleton aria-label={messages.loading}>
          <SkeletonItem className={styles.waiting} />
        </Skeleton>
      )}
      {tools?.length === 0 && <Text>{said.noTools(said.last[span])}</Text>}
      {tools && tools.length > 0 && (
        <ol className={styles.list}>
          {tools.map((tool) => (
            <li key={tool.tool}>
              <Row tool={tool} most={tools[0]?.calls ?? 0} way={toTool(tool.tool)} />
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function Row({ tool, most, way }: { tool: Usage["tools"][number]; most: number; way: Way }) {
  const styles = useStyles();
  const facts = [said.called(tool.calls), tool.refusals > 0 && said.refused(tool.refusals), tool.p95 !== undefined && said.slow(milliseconds(tool.p95))];
  return (
    <>
      <div className={styles.head}>
        <Link
          href={way.address}
          onClick={(e) => {
            e.preventDefault();
            way.go();
          }}
        >
          <bdi>{tool.tool}</bdi>
        </Link>
        <Text size={200} className={styles.faint}>
          {facts.filter(Boolean).join(" · ")}
        </Text>
      </div>
      <svg className={styles.meter} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden>
        <rect className={styles.track} width={100} height={4} />
        <rect className={styles.filled} width={most > 0 ? (100 * tool.calls) / most : 0} height={4} />
      </svg>
    </>
  );
}
