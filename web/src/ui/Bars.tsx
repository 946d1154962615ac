import { makeStyles, tokens } from "@fluentui/react-components";
import { ChartTable } from "./ChartTable";
import { ceiling, labeled } from "./scale";

export interface Bar {
  id: string;
  label: string;
  values: number[]; // one for each series, bottom first
}

interface Props {
  label: string;
  heading: string; // of the column of labels
  series: string[]; // one or two
  bars: Bar[];
}

const height = 180;
const axis = 24;
const gap = 0.28;

const useStyles = makeStyles({
  root: { margin: 0 },
  svg: { display: "block", width: "100%", height: `${height + axis}px`, overflow: "visible" },
  grid: { stroke: tokens.colorNeutralStroke2, strokeWidth: 1, vectorEffect: "non-scaling-stroke" },
  first: { fill: tokens.colorCompoundBrandBackground },
  second: { fill: tokens.colorPaletteRedBackground3 },
  hit: { fill: "transparent", ":hover": { fill: tokens.colorNeutralForeground1, fillOpacity: 0.08 } },
  ticks: { display: "flex", justifyContent: "space-between", color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, marginTop: `-${axis - 4}px` },
  legend: { display: "flex", gap: tokens.spacingHorizontalL, listStyleType: "none", padding: 0, margin: `${tokens.spacingVerticalS} 0 0`, fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2 },
  key: { display: "inline-block", width: "10px", height: "10px", borderRadius: tokens.borderRadiusSmall, marginRight: tokens.spacingHorizontalXS },
  top: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, textAlign: "right", display: "block" },
  firstKey: { backgroundColor: tokens.colorCompoundBrandBackground },
  secondKey: { backgroundColor: tokens.colorPaletteRedBackground3 },
});

/** Stacked bars over time, and the same numbers as a table for whoever does not see them. */
export function Bars({ label, heading, series, bars }: Props) {
  const styles = useStyles();
  const top = ceiling(Math.max(...bars.map((bar) => bar.values.reduce((a, b) => a + b, 0)), 0));
  const tall = (n: number) => (n / top) * height;
  return (
    <figure className={styles.root}>
      <span className={styles.top} aria-hidden>
        {top.toLocaleString("en-US")}
      </span>
      <svg className={styles.svg} viewBox={`0 0 ${bars.length} ${height + axis}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {[0, 0.5, 1].map((part) => (
          <line key={part} className={styles.grid} x1={0} x2={bars.length} y1={height * part} y2={height * part} />
        ))}
        {bars.map((bar, i) => {
          const [low = 0, high = 0] = bar.values;
          return (
            <g key={bar.id}>
              <rect className={styles.first} x={i + gap / 2} width={1 - gap} y={height - tall(low)} height={tall(low)} />
              <rect className={styles.second} x={i + gap / 2} width={1 - gap} y={height - tall(low + high)} height={tall(high)} />
              <rect className={styles.hit} x={i} width={1} y={0} height={height}>
                <title>{`${bar.label}: ${series.map((name, s) => `${name} ${(bar.values[s] ?? 0).toLocaleString("en-US")}`).join(", ")}`}</title>
              </rect>
            </g>
          );
        })}
      </svg>
      <div className={styles.ticks} aria-hidden>
        {labeled(bars).map((bar) => (
          <span key={bar.id}>{bar.label}</span>
        ))}
      </div>
      <ul className={styles.legend} aria-hidden>
        {series.map((name, s) => (
          <li key={name}>
            <span className={`${styles.key} ${s === 0 ? styles.firstKey : styles.secondKey}`} />
            {name}
          </li>
        ))}
      </ul>
      <ChartTable label={label} heading={heading} series={series} rows={bars.map((bar) => ({ ...bar, values: series.map((_, s) => bar.values[s] ?? 0) }))} />
    </figure>
  );
}
