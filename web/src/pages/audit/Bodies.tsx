import { Button, Field, Input, makeStyles, Spinner, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { CallBodies } from "../../api/auditrecords";
import { audit as said } from "../../messages/audit";
import { Code } from "../../ui/Code";
import { Failure, type Trouble } from "../../ui/Failure";

export interface BodyReader {
  may: boolean;
  busy: boolean;
  trouble: Trouble | undefined;
  read: CallBodies | undefined;
  onRead: (reason: string) => void;
}

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalM, justifyItems: "start" },
  wide: { width: "100%" },
});

/** The bodies of a call, for whoever has been granted to read them and says what for. */
export function Bodies({ reader: { may, busy, trouble, read, onRead } }: { reader: BodyReader }) {
  const styles = useStyles();
  const [reason, setReason] = useState("");
  if (!may) return <Text>{said.bodiesKept}</Text>;
  if (read) {
    return (
      <div className={styles.root}>
        {read.bodies.map(({ part, standing, text, truncated }) => (
          <div key={part} className={styles.wide}>
            <Text block>{said.standing[standing]}</Text>
            {typeof text === "string" && <Code label={said.part[part]} text={text} />}
            {truncated && <Text block>{said.truncated}</Text>}
          </div>
        ))}
      </div>
    );
  }
  return (
    <form
      className={styles.root}
      onSubmit={(event) => {
        event.preventDefault();
        if (reason.trim() !== "" && !busy) onRead(reason.trim());
      }}
    >
      <Text>{said.bodiesMay}</Text>
      <Field label={said.reason} hint={said.reasonHint} required className={styles.wide}>
        <Input value={reason} maxLength={500} onChange={(_, to) => { setReason(to.value); }} />
      </Field>
      {trouble && <Failure trouble={trouble} />}
      <Button type="submit" disabledFocusable={busy || reason.trim() === ""} icon={busy ? <Spinner size="tiny" /> : undefined}>
        {said.read}
      </Button>
    </form>
  );
}
