import { Field, makeStyles, Text, Textarea, tokens } from "@fluentui/react-components";
import { access as said } from "../../messages/access";
import { matches, patternsIn } from "../../api/patterns";

const useStyles = makeStyles({
  mono: { fontFamily: tokens.fontFamilyMonospace },
  matching: { display: "block", marginTop: tokens.spacingVerticalXS, color: tokens.colorNeutralForeground3, overflowWrap: "anywhere" },
});

/** Things that are named; the rest is counted. */
const named = 6;

interface Props {
  label: string;
  value: string;
  complaint: string | undefined;
  tools: string[]; // permission names of what is switched on
  onChange: (to: string) => void;
}

/** Patterns of tools, and what they match as they are typed. */
export function PatternsField({ label, value, complaint, tools, onChange }: Props) {
  const styles = useStyles();
  const patterns = patternsIn(value);
  const matching = tools.filter((tool) => patterns.some((pattern) => matches(pattern, tool)));
  return (
    <div>
      <Field label={label} required hint={said.patternsHint} validationMessage={complaint}>
        <Textarea
          value={value}
          resize="vertical"
          rows={Math.min(12, Math.max(3, value.split("\n").length))}
          textarea={{ className: styles.mono, spellCheck: false, autoCapitalize: "off" }}
          onChange={(_, to) => {
            onChange(to.value);
          }}
        />
      </Field>
      {patterns.length > 0 && (
        <Text size={200} className={styles.matching} role="status">
          {said.matching(matching.slice(0, named), matching.length)}
        </Text>
      )}
    </div>
  );
}
