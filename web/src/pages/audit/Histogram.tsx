import { Button, makeStyles, MessageBar, MessageBarBody, Skeleton, SkeletonItem, Text, tokens } from "@fluentui/react-components";
import { type KeyboardEvent, type PointerEvent, useState } from "react";
import type { Counts, Interval } from "../../api/auditrecords";
import { messages } from "../../messages/common";
import { audit as said } from "../../messages/audit";
import type { Range } from "./search";

interface Props {
  counts: Counts | undefined;
  starts: number[]; // of the stretches, and the end of the last
  interval: Interval;
  onNarrow: (range: Range) => void;
}

const height = 88;
const useStyles = makeStyles({
  root: { margin: 0 },
  chart: { position: "relative", touchAction: "pan-y", cursor: "crosshair", userSelect: "none" },
  svg: { display: "block", width: "100%", height: `${height}px` },
  bar: { fill: tokens.colorCompoundBrandBackground },
  chosen: { fill: tokens.colorNeutralForeground1, fillOpacity: 0.12 },
  base: { stroke: tokens.colorNeutralStroke1, strokeWidth: 1, vectorEffect: "non-scaling-stroke" },
  handle: {
    position: "absolute",
    top: 0,
    width: "10px",
    height: `${height}px`,
    marginLeft: "-5px",
    cursor: "ew-resize",
    borderRadius: tokens.borderRadiusSmall,
    "::after": { content: '""', position: "absolute", left: "4px", top: 0, bottom: 0, width: "2px", backgroundColor: tokens.colorNeutralForeground3 },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  ticks: { display: "flex", justifyContent: "space-between", color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  foot: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, alignItems: "center", justifyContent: "space-between", minHeight: "32px", marginTop: tokens.spacingVerticalXS },
  help: { color: tokens.colorNeutralForeground3 },
  buttons: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
  aside: { position: "relative" },
  unseen: { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)", whiteSpace: "nowrap" },
});

const utc = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-US", { timeZone: "UTC", ...options });
const formats: Record<Interval, Intl.DateTimeFormat> = {
  minute: utc({ hour: "numeric", minute: "2-digit" }),
  hour: utc({ month: "short", day: "numeric", hour: "numeric" }),
  day: utc({ month: "short", day: "numeric" }),
  month: utc({ month: "short", year: "numeric" }),
};

/** How many records there are over time. Dragged across, or by its two handles, it narrows the time. */
export function Histogram({ counts, starts, interval, onNarrow }: Props) {
  const styles = useStyles();
  const n = starts.length - 1;
  const [chosen, setChosen] = useState<[number, number]>([0, n]);
  const [anchor, setAnchor] = useState<number>();
  const name = (i: number) => formats[interval].format(starts[i]);
  const [from, to] = chosen;
  const whole = from === 0 && to === n;
  const apply = ([a, b]: [number, number]) => {
    const [begin, end] = [starts[a], starts[b]];
    if (begin !== undefined && end !== undefined && !(a === 0 && b === n)) onNarrow({ from: begin, to: end });
  };
  const stretchAt = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.min(n - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * n)));
  };
  const between = (a: number, b: number): [number, number] => [Math.min(a, b), Math.max(a, b) + 1];
  const move = (end: 0 | 1) => (event: KeyboardEvent) => {
    const [least, most] = end === 0 ? [0, to - 1] : [from + 1, n];
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -7, PageUp: 7, Home: -n, End: n }[event.key];
    if (event.key === "Enter") apply(chosen);
    if (step === undefined) return;
    event.preventDefault();
    const moved = Math.min(most, Math.max(least, chosen[end] + step));
    setChosen(end === 0 ? [moved, to] : [from, moved]);
  };
  if (!counts) {
    return (
      <Skeleton aria-label={messages.loading}>
        <SkeletonItem size={96} />
      </Skeleton>
    );
  }
  const values = starts.slice(0, n).map((start) => counts.found.get(start) ?? 0);
  const top = Math.max(...values, 1);
  const total = values.reduce((a, b) => a + b, 0);
  const label = said.chartLabel(total.toLocaleString("en-US"), name(0), name(n));
  return (
    <figure className={styles.root}>
      <div
        className={styles.chart}
        role="group"
        aria-label={said.chart}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          const at = stretchAt(event);
          event.currentTarget.setPointerCapture(event.pointerId);
          setAnchor(at);
          setChosen([at, at + 1]);
        }}
        onPointerMove={(event) => {
          if (anchor !== undefined) setChosen(between(anchor, stretchAt(event)));
        }}
        onPointerUp={(event) => {
          if (anchor === undefined) return;
          setAnchor(undefined);
          apply(between(anchor, stretchAt(event)));
        }}
        onPointerCancel={() => {
          setAnchor(undefined);
          setChosen([0, n]);
        }}
      >
        <svg className={styles.svg} viewBox={`0 0 ${n} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
          {!whole && <rect className={styles.chosen} x={from} width={to - from} y={0} height={height} />}
          {values.map((value, i) => {
            const tall = value === 0 ? 0 : Math.max(2, (value / top) * (height - 4));
            return (
              <rect key={starts[i]} className={styles.bar} x={i + 0.12} width={0.76} y={height - tall} height={tall}>
                <title>{`${name(i)}: ${value.toLocaleString("en-US")}`}</title>
              </rect>
            );
          })}
          <line className={styles.base} x1={0} x2={n} y1={height} y2={height} />
        </svg>
        {([0, 1] as const).map((end) => (
          <div
            key={end}
            className={styles.handle}
            role="slider"
            tabIndex={0}
            aria-label={end === 0 ? said.brushFrom : said.brushTo}
            aria-valuemin={0}
            aria-valuemax={n}
            aria-valuenow={chosen[end]}
            aria-valuetext={name(chosen[end])}
            style={{ left: `${(100 * chosen[end]) / n}%` }}
            onKeyDown={move(end)}
          />
        ))}
      </div>
      <div className={styles.ticks} aria-hidden>
        <span>{name(0)}</span>
        <span>{name(Math.floor(n / 2))}</span>
        <span>{name(n)}</span>
      </div>
      <div className={styles.foot}>
        <Text size={200} className={styles.help}>
          {said.chartHelp}
        </Text>
        {!whole && anchor === undefined && (
          <span className={styles.buttons}>
            <Button size="small" onClick={() => { apply(chosen); }}>
              {said.narrow(name(from), name(to))}
            </Button>
            <Button size="small" appearance="subtle" onClick={() => { setChosen([0, n]); }}>
              {said.whole}
            </Button>
          </span>
        )}
      </div>
      {counts.partial && (
        <MessageBar intent="info">
          <MessageBarBody>{said.partial}</MessageBarBody>
        </MessageBar>
      )}
      <div className={styles.aside}>
        <div className={styles.unseen}>
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              <th scope="col">{said.stretch}</th>
              <th scope="col">{said.records}</th>
            </tr>
          </thead>
          <tbody>
            {values.map((value, i) => (
              <tr key={starts[i]}>
                <th scope="row">{name(i)}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
        </div>
      </div>
    </figure>
  );
}
