import { Button, Field, Input, makeStyles, tokens } from "@fluentui/react-components";
import { CheckmarkRegular, CopyRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { messages } from "../messages/common";

const useStyles = makeStyles({
  row: { display: "flex", gap: tokens.spacingHorizontalS, flexWrap: "wrap" },
  input: { flex: "1 1 16rem", minWidth: 0 },
  mono: { fontFamily: tokens.fontFamilyMonospace },
});

/** A text to be taken elsewhere. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const styles = useStyles();
  return (
    <Field label={label}>
      {(field) => (
        <div className={styles.row}>
          <Input
            {...field}
            readOnly
            value={value}
            className={styles.input}
            input={{ className: styles.mono }}
            onFocus={(event) => {
              event.target.select();
            }}
          />
          <CopyButton value={value} />
        </div>
      )}
    </Field>
  );
}

/** Puts a text on the clipboard. */
export function CopyButton({ value, size = "medium" }: { value: string; size?: "small" | "medium" }) {
  const [copied, setCopied] = useState<string>();
  const done = copied === value;
  const copy = () => {
    void navigator.clipboard.writeText(value).then(() => {
      setCopied(value);
    });
  };
  return (
    <Button size={size} icon={done ? <CheckmarkRegular /> : <CopyRegular />} onClick={copy}>
      {done ? messages.copied : messages.copy}
    </Button>
  );
}
