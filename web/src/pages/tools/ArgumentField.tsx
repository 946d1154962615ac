import { Button, Field, Input, makeStyles, Select, Text, Textarea, tokens } from "@fluentui/react-components";
import { AddRegular, DismissRegular } from "@fluentui/react-icons";
import { useId } from "react";
import { tryIt as said } from "../../messages/tools";
import type { Member, Shape } from "./schema";
import { initial, partOf, type Problems, typed, type Value, withPart } from "./values";

const useStyles = makeStyles({
  group: {
    display: "grid",
    gap: tokens.spacingVerticalM,
    margin: 0,
    padding: `${tokens.spacingVerticalS} 0 ${tokens.spacingVerticalS} ${tokens.spacingHorizontalL}`,
    border: "none",
    borderLeft: `2px solid ${tokens.colorNeutralStroke2}`,
    minWidth: 0,
  },
  item: { display: "flex", gap: tokens.spacingHorizontalS, alignItems: "flex-start" },
  grow: { flex: "1 1 auto", minWidth: 0 },
  hint: { color: tokens.colorNeutralForeground3 },
  mono: { fontFamily: tokens.fontFamilyMonospace },
});

interface Props {
  label: string;
  hint?: string;
  required?: boolean;
  shape: Shape;
  value: Value;
  path: string;
  problems: Problems;
  onChange: (value: Value) => void;
}

/** The fields of an object. */
export function ArgumentFields({ fields, value, path, problems, onChange }: Pick<Props, "value" | "path" | "problems" | "onChange"> & { fields: Member[] }) {
  return fields.map((field) => (
    <ArgumentField
      key={field.name}
      label={field.title}
      hint={field.description}
      required={field.required}
      shape={field.shape}
      value={partOf(value, field.name)}
      path={`${path}/${field.name}`}
      problems={problems}
      onChange={(part) => {
        onChange(withPart(value, field.name, part));
      }}
    />
  ));
}

function ArgumentField(props: Props) {
  const { label, hint, required, shape, value, path, problems, onChange } = props;
  if (shape.kind === "object") {
    return (
      <Group label={label} hint={hint} problem={problems[path]}>
        <ArgumentFields fields={shape.fields} value={value} path={path} problems={problems} onChange={onChange} />
      </Group>
    );
  }
  if (shape.kind === "list") return <ListField {...props} of={shape.of} />;
  return (
    <Field label={label} hint={hint} required={required} validationMessage={problems[path]}>
      <Control shape={shape} value={typed(value)} required={required} onChange={onChange} />
    </Field>
  );
}

type ControlProps = Pick<Props, "shape" | "required"> & { value: string; onChange: (value: string) => void };

/** The control that fits. What else Field hands it goes on to it. */
function Control({ shape, value, required, onChange, ...field }: ControlProps) {
  const styles = useStyles();
  const change = (_: unknown, to: { value: string }) => {
    onChange(to.value);
  };
  switch (shape.kind) {
    case "number":
      return <Input {...field} inputMode="decimal" autoComplete="off" value={value} onChange={change} />;
    case "boolean":
      return <Choice {...field} options={[true, false]} value={value} required={required} onChange={onChange} />;
    case "choice":
      return <Choice {...field} options={shape.options} value={value} required={required} onChange={onChange} />;
    case "json":
      return <Textarea {...field} resize="vertical" spellCheck={false} textarea={{ className: styles.mono }} value={value} onChange={change} />;
    case "text":
      if (shape.long) return <Textarea {...field} resize="vertical" value={value} onChange={change} />;
      return <Input {...field} autoComplete="off" value={value} onChange={change} />;
    case "object":
    case "list":
      return null;
  }
}

function Choice({ options, value, required, onChange, ...field }: Omit<ControlProps, "shape"> & { options: unknown[] }) {
  return (
    <Select
      {...field}
      value={value}
      onChange={(_, to) => {
        onChange(to.value);
      }}
    >
      {(!required || value === "") && <option value="">{said.unset}</option>}
      {options.map((option) => {
        const written = JSON.stringify(option);
        return (
          <option key={written} value={written}>
            {shown(option)}
          </option>
        );
      })}
    </Select>
  );
}

function shown(option: unknown): string {
  if (typeof option === "boolean") return option ? said.yes : said.no;
  return typeof option === "string" ? option : JSON.stringify(option);
}

function ListField({ label, hint, of, value, path, problems, onChange }: Props & { of: Shape }) {
  const styles = useStyles();
  const items = Array.isArray(value) ? value : [];
  return (
    <Group label={label} hint={hint} problem={problems[path]}>
      {items.map((item, at) => (
        <div key={at} className={styles.item}>
          <div className={styles.grow}>
            <ArgumentField
              label={said.item(label, at + 1)}
              shape={of}
              value={item}
              path={`${path}/${at}`}
              problems={problems}
              onChange={(next) => {
                onChange(items.with(at, next));
              }}
            />
          </div>
          <Button
            appearance="subtle"
            icon={<DismissRegular />}
            aria-label={said.drop(label, at + 1)}
            onClick={() => {
              onChange(items.toSpliced(at, 1));
            }}
          />
        </div>
      ))}
      <div>
        <Button
          size="small"
          icon={<AddRegular />}
          onClick={() => {
            onChange([...items, initial(of)]);
          }}
        >
          {said.add(label)}
        </Button>
      </div>
    </Group>
  );
}

function Group({ label, hint, problem, children }: { label: string; hint?: string; problem?: string; children: React.ReactNode }) {
  const styles = useStyles();
  const id = useId();
  return (
    <div role="group" aria-labelledby={id}>
      <Text id={id} weight="semibold" block>
        {label}
      </Text>
      {hint && (
        <Text size={200} block className={styles.hint}>
          {hint}
        </Text>
      )}
      {problem && (
        <Text size={200} block role="alert">
          {problem}
        </Text>
      )}
      <div className={styles.group}>{children}</div>
    </div>
  );
}
