import { Field, makeStyles, Radio, RadioGroup, Text, tokens } from "@fluentui/react-components";

const useStyles = makeStyles({ text: { display: "block", color: tokens.colorNeutralForeground2, maxWidth: "65ch" } });

interface Option<T extends string> {
  value: T;
  name: string;
  text: string;
}

interface Props<T extends string> {
  label: string;
  options: Option<T>[];
  value: T;
  onChange: (value: T) => void;
}

/** One of a few, each with what it means. */
export function Choice<T extends string>({ label, options, value, onChange }: Props<T>) {
  const styles = useStyles();
  return (
    <Field label={label}>
      <RadioGroup
        value={value}
        onChange={(_, to) => {
          const chosen = options.find((option) => option.value === to.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <Radio
            key={option.value}
            value={option.value}
            label={
              <>
                {option.name}
                <Text size={200} className={styles.text}>
                  {option.text}
                </Text>
              </>
            }
          />
        ))}
      </RadioGroup>
    </Field>
  );
}
