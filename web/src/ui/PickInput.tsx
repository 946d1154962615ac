import { Combobox, Field, makeStyles, Option, Text, tokens } from "@fluentui/react-components";

const useStyles = makeStyles({
  box: { minWidth: 0, width: "100%" },
  option: { display: "grid" },
  id: { fontFamily: tokens.fontFamilyMonospace, color: tokens.colorNeutralForeground3, overflowWrap: "anywhere" },
});

export interface Choosable {
  id: string;
  name: string;
}

interface Props {
  label: string;
  hint?: string;
  text: string; // as typed, or the name of what was chosen
  options: Choosable[];
  complaint: string | undefined;
  onText: (to: string) => void;
  onChoose: (to: Choosable) => void;
}

/** Options that are offered at a time. */
const offered = 50;

/** A box to choose one of many in, or to type what is not among them. */
export function PickInput({ label, hint, text, options, complaint, onText, onChoose }: Props) {
  const styles = useStyles();
  const wanted = text.trim().toLowerCase();
  const exact = options.some((o) => o.name === text || o.id === text);
  const matching = options.filter((o) => exact || o.name.toLowerCase().includes(wanted) || o.id.toLowerCase().includes(wanted)).slice(0, offered);
  return (
    <Field label={label} required hint={hint} validationMessage={complaint}>
      <Combobox
        className={styles.box}
        freeform
        autoComplete="off"
        value={text}
        selectedOptions={options.filter((o) => o.name === text || o.id === text).map((o) => o.id)}
        onChange={(event) => {
          onText(event.target.value);
        }}
        onOptionSelect={(_, to) => {
          const chosen = options.find((o) => o.id === to.optionValue);
          if (chosen) onChoose(chosen);
        }}
      >
        {matching.map((option) => (
          <Option key={option.id} value={option.id} text={option.name}>
            <span className={styles.option}>
              <bdi>{option.name}</bdi>
              {option.id !== option.name && (
                <Text size={200} className={styles.id}>
                  {option.id}
                </Text>
              )}
            </span>
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}
