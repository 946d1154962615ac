import { makeStyles, tokens } from "@fluentui/react-components";
import { AppsRegular, PeopleRegular, ShieldProhibitedRegular, TimerRegular, WrenchRegular } from "@fluentui/react-icons";
import type { Span, Usage } from "../../api/usage";
import { overview as said } from "../../messages/overview";
import { Figure } from "../../ui/Figure";
import { milliseconds } from "./span";

const useStyles = makeStyles({
  figures: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(10rem, 1fr))", gap: tokens.spacingHorizontalL, margin: `0 0 ${tokens.spacingVerticalL}` },
});

const amount = (n: number | undefined) => n?.toLocaleString("en-US");

/** The span in five numbers. */
export function Figures({ total, span }: { total: Usage["total"] | undefined; span: Span }) {
  const styles = useStyles();
  const within = said.last[span];
  const [latency, unit] = total ? median(total).split(" ") : [];
  return (
    <dl className={styles.figures}>
      <Figure icon={<WrenchRegular />} name={said.calls} number={amount(total?.calls)} note={total && total.failures > 0 ? said.failed(total.failures) : within} />
      <Figure icon={<ShieldProhibitedRegular />} name={said.refusals} number={amount(total?.refusals)} note={within} />
      <Figure icon={<TimerRegular />} name={said.latency} number={latency} unit={unit} note={total ? slow(total) : within} />
      <Figure icon={<PeopleRegular />} name={said.people} number={amount(total?.people)} note={said.active} />
      <Figure icon={<AppsRegular />} name={said.apps} number={amount(total?.apps)} note={said.active} />
    </dl>
  );
}

const slow = ({ p95 }: Usage["total"]) => (p95 === undefined ? said.noLatency : said.slow(milliseconds(p95)));
const median = ({ p50 }: Usage["total"]) => (p50 === undefined ? "–" : milliseconds(p50));
