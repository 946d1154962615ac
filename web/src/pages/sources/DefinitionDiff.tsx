import { makeStyles, Subtitle2, Text, tokens } from "@fluentui/react-components";
import { review as said } from "../../messages/sources";
import { difference } from "./difference";

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalM },
  title: { margin: 0 },
  part: { display: "grid", gap: tokens.spacingVerticalXS, minWidth: 0 },
  text: {
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
  removed: { backgroundColor: tokens.colorPaletteRedBackground2, color: tokens.colorPaletteRedForeground2, textDecorationLine: "line-through" },
  added: { backgroundColor: tokens.colorPaletteGreenBackground2, color: tokens.colorPaletteGreenForeground2, textDecorationLine: "underline" },
  key: { color: tokens.colorNeutralForeground3 },
});

/** What differs between what was approved and what is offered. Color is not all that tells it. */
export function DefinitionDiff({ approved, offered }: { approved: unknown; offered: unknown }) {
  const styles = useStyles();
  const parts = difference(approved, offered);
  if (parts.length === 0) return <Text>{said.same}</Text>;
  return (
    <section className={styles.root} aria-label={said.changed}>
      <Subtitle2 as="h3" className={styles.title}>
        {said.changed}
      </Subtitle2>
      <Text size={200} className={styles.key}>
        <del className={styles.removed}>{said.removed}</del> <ins className={styles.added}>{said.added}</ins>
      </Text>
      {parts.map(({ part, changes }) => (
        <div key={part} className={styles.part}>
          <Text weight="semibold">{said.parts[part]}</Text>
          {/* It scrolls, so the keyboard must reach it. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={styles.text} tabIndex={0} aria-label={said.parts[part]}>
            {changes.map(({ value, added, removed }, at) => (
              <Piece key={at} text={value} added={added} removed={removed} />
            ))}
          </pre>
        </div>
      ))}
    </section>
  );
}

function Piece({ text, added, removed }: { text: string; added: boolean; removed: boolean }) {
  const styles = useStyles();
  if (added) return <ins className={styles.added}>{text}</ins>;
  if (removed) return <del className={styles.removed}>{text}</del>;
  return text;
}
