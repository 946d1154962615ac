import { Checkbox, Field, Input, Radio, RadioGroup, Select, Switch, Textarea } from "@fluentui/react-components";

interface Common {
  label: string;
  hint?: string;
  required?: boolean;
}

interface TextProps extends Common {
  value: string;
  type?: "text" | "email" | "url" | "number" | "date" | "datetime-local" | "password";
  lines?: number; // more than one
  disabled?: boolean;
  min?: string;
  max?: string;
  complaint?: string; // what is wrong with it, and what helps
  onChange: (value: string) => void;
}

/** A text, a number or a day, in one line or several. */
export function TextInput({ label, hint, required, value, type = "text", lines, disabled, min, max, complaint, onChange }: TextProps) {
  return (
    <Field label={label} hint={hint} required={required} validationMessage={complaint}>
      {lines === undefined ? (
        <Input
          value={value}
          type={type}
          disabled={disabled}
          min={min}
          max={max}
          autoComplete="off"
          spellCheck={false}
          onChange={(_, to) => {
            onChange(to.value);
          }}
        />
      ) : (
        <Textarea
          value={value}
          rows={lines}
          resize="vertical"
          spellCheck={false}
          onChange={(_, to) => {
            onChange(to.value);
          }}
        />
      )}
    </Field>
  );
}

export type Option<V extends string> = readonly [value: V, label: string];

interface ChoiceProps<V extends string> extends Common {
  value: V;
  options: readonly Option<V>[];
  onChange: (value: V) => void;
}

/** One of a few, all in sight. */
export function ChoiceInput<V extends string>({ label, hint, required, value, options, onChange }: ChoiceProps<V>) {
  return (
    <Field label={label} hint={hint} required={required}>
      <RadioGroup
        value={value}
        onChange={(_, to) => {
          const chosen = options.find(([option]) => option === to.value);
          if (chosen) onChange(chosen[0]);
        }}
      >
        {options.map(([option, text]) => (
          <Radio key={option} value={option} label={text} />
        ))}
      </RadioGroup>
    </Field>
  );
}

/** One of a list. */
export function SelectInput<V extends string>({ label, hint, required, value, options, onChange }: ChoiceProps<V>) {
  return (
    <Field label={label} hint={hint} required={required}>
      <Select
        value={value}
        onChange={(_, to) => {
          const chosen = options.find(([option]) => option === to.value);
          if (chosen) onChange(chosen[0]);
        }}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </Select>
    </Field>
  );
}

interface OnOffProps {
  label: string;
  hint?: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

export function SwitchInput({ label, hint, checked, disabled, onChange }: OnOffProps) {
  return (
    <Field hint={hint}>
      <Switch
        label={label}
        checked={checked}
        disabled={disabled}
        onChange={(_, to) => {
          onChange(to.checked);
        }}
      />
    </Field>
  );
}

export function CheckInput({ label, hint, checked, disabled, onChange }: OnOffProps) {
  return (
    <Field hint={hint}>
      <Checkbox
        label={label}
        checked={checked}
        disabled={disabled}
        onChange={(_, to) => {
          onChange(to.checked === true);
        }}
      />
    </Field>
  );
}
