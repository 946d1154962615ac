import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { ChartTable } from "./ChartTable";
import { ceiling, labeled } from "./scale";

export interface Point {
  id: string;
  label: string;
  values: (number | undefined)[]; // one for each series; undefined: there is none
}

interface Props {
  label: string;
  heading: string; // of the column of labels
  series: string[]; // one or two
  points: Point[];
  format: (value: number) => string;
}

const height = 96;

const useStyles = makeStyles({
  root: { margin: 0 },
  svg: { display: "block", width: "100%", height: `${height}px`, overflow: "visible" },
  grid: { stroke: tokens.colorNeutralStroke2, strokeWidth: 1, vectorEffect: "non-scaling-stroke" },
  line: { fill: "none", strokeWidth: "2px", strokeLinecap: "round", strokeLinejoin: "round", vectorEffect: "non-scaling-stroke" },
    first: { stroke: tokens.colorCompoundBrandStroke },
  second: { stroke: tokens.colorNeutralForeground3, strokeDasharray: "1 5" },
  dot: { strokeWidth: "7px", strokeDasharray: "none" },
  hit: { fill: "transparent", ":hover": { fill: tokens.colorNeutralForeground1, fillOpacity: 0.08 } },
  ticks: { display: "flex", justifyContent: "space-between", color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, marginTop: tokens.spacingVerticalXXS },
  top: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, textAlign: "right", display: "block" },
  legend: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalL, listStyleType: "none", padding: 0, margin: `${tokens.spacingVerticalXS} 0 0`, fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2 },
  key: { display: "inline-block", verticalAlign: "middle", width: "18px", height: "2px", marginRight: tokens.spacingHorizontalXS, overflow: "visible" },
});

/** Lines over time, with gaps where there is nothing, and the same numbers as a table for whoever does not see them. */
export function Lines({ label, heading, series, points, format }: Props) {
  const styles = useStyles();
  const top = ceiling(Math.max(...points.flatMap((point) => point.values.map((value) => value ?? 0)), 0));
  const colors = [styles.first, styles.second];
  const text = (value: number | undefined) => (value === undefined ? "–" : format(value));
  return (
    <figure className={styles.root}>
      <span className={styles.top} aria-hidden>
        {format(top)}
      </span>
      <svg className={styles.svg} viewBox={`0 0 ${points.length} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {[0, 0.5, 1].map((part) => (
          <line key={part} className={styles.grid} x1={0} x2={points.length} y1={height * part} y2={height * part} />
        ))}
        {series.map((name, s) => {
          const { line, dots } = paths(points.map((point) => point.values[s]), top);
          return (
            <g key={name}>
              <path className={mergeClasses(styles.line, colors[s])} d={line} />
              <path className={mergeClasses(styles.line, colors[s], styles.dot)} d={dots} />
            </g>
          );
        })}
        {points.map((point, i) => (
          <rect key={point.id} className={styles.hit} x={i} width={1} y={0} height={height}>
            <title>{`${point.label}: ${series.map((name, s) => `${name} ${text(point.values[s])}`).join(", ")}`}</title>
          </rect>
        ))}
      </svg>
      <div className={styles.ticks} aria-hidden>
        {labeled(points).map((point) => (
          <span key={point.id}>{point.label}</span>
        ))}
      </div>
      <ul className={styles.legend} aria-hidden>
        {series.map((name, s) => (
          <li key={name}>
            <svg className={styles.key} viewBox="0 0 18 2">
              <path className={mergeClasses(styles.line, colors[s])} d="M1 1 L17 1" />
            </svg>
            {name}
          </li>
        ))}
      </ul>
      <ChartTable label={label} heading={heading} series={series} rows={points.map((point) => ({ ...point, values: series.map((_, s) => text(point.values[s])) }))} />
    </figure>
  );
}

/** A line through the middles of the stretches, and dots for what stands alone. */
export function paths(values: (number | undefined)[], top: number): { line: string; dots: string } {
  const line: string[] = [];
  const dots: string[] = [];
  values.forEach((value, i) => {
    if (value === undefined) return;
    const at = `${i + 0.5} ${height - (value / top) * height}`;
    const goesOn = i > 0 && values[i - 1] !== undefined;
    if (goesOn || values[i + 1] !== undefined) line.push(`${goesOn ? "L" : "M"}${at}`);
    else dots.push(`M${at} L${at}`);
  });
  return { line: line.join(" "), dots: dots.join(" ") };
}
