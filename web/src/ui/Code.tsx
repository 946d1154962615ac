import { makeStyles, Text, tokens } from "@fluentui/react-components";
import { CopyButton } from "./CopyField";

const useStyles = makeStyles({
  head: { display: "flex", alignItems: "center", justifyContent: "space-between", gap: tokens.spacingHorizontalM, marginBottom: tokens.spacingVerticalXS },
  code: {
    margin: 0,
    padding: tokens.spacingHorizontalM,
    maxHeight: "24rem",
    overflow: "auto",
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase300,
    backgroundColor: tokens.colorNeutralBackground3,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    whiteSpace: "pre-wrap",
    overflowWrap: "anywhere",
  },
});

/** A text of a machine, as it is, to be read or taken elsewhere. */
export function Code({ label, text }: { label: string; text: string }) {
  const styles = useStyles();
  return (
    <div role="group" aria-label={label}>
      <div className={styles.head}>
        <Text weight="semibold" aria-hidden>
          {label}
        </Text>
        <CopyButton value={text} size="small" />
      </div>
      {/* It scrolls, so the keyboard must reach it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles.code} tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </div>
  );
}
