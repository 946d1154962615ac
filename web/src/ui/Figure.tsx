import { makeStyles, Skeleton, SkeletonItem, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";

const useStyles = makeStyles({
  root: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalXXS,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    padding: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalXL}`,
    minWidth: 0,
  },
  name: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalS, color: tokens.colorNeutralForeground2, margin: 0 },
  number: { fontSize: tokens.fontSizeHero800, lineHeight: tokens.lineHeightHero800, fontWeight: tokens.fontWeightSemibold, margin: 0, fontVariantNumeric: "tabular-nums" },
  unit: { fontSize: tokens.fontSizeBase400, lineHeight: 1 },
  note: { color: tokens.colorNeutralForeground3, margin: 0, fontSize: tokens.fontSizeBase200 },
  waiting: { width: "5rem", margin: `${tokens.spacingVerticalXS} 0` },
});

/** One number, what it counts and over which time. Without a number it is on its way. */
export function Figure({ icon, name, number, unit, note }: { icon: ReactNode; name: string; number: string | undefined; unit?: string; note: string }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <dt className={styles.name}>
        <span aria-hidden>{icon}</span>
        {name}
      </dt>
      {number === undefined ? (
        <dd className={styles.number}>
          <Skeleton aria-label={name}>
            <SkeletonItem size={32} className={styles.waiting} />
          </Skeleton>
        </dd>
      ) : (
        <dd className={styles.number}>
          {number}
          {unit && <span className={styles.unit}> {unit}</span>}
        </dd>
      )}
      <dd className={styles.note}>{note}</dd>
    </div>
  );
}
