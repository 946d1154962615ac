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
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(value).then(() => {
      setCopied(true);
    });
  };
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
          <Button icon={copied ? <CheckmarkRegular /> : <CopyRegular />} onClick={copy}>
            {copied ? messages.copied : messages.copy}
          </Button>
        </div>
      )}
    </Field>
  );
}
