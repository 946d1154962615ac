import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { Connection } from "../../api/connections";
import { connections as said } from "../../messages/connections";
import { Confirm } from "../../ui/Confirm";
import { Failure, type Trouble } from "../../ui/Failure";

const useStyles = makeStyles({ text: { display: "block", marginBottom: tokens.spacingVerticalM } });

interface Props {
  connection: Connection;
  busy: boolean;
  trouble: Trouble | undefined;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Says what revoking a connection does, and what it cannot do. */
export function RevokeDialog({ connection, busy, trouble, onConfirm, onCancel }: Props) {
  const styles = useStyles();
  return (
    <Confirm title={said.question(connection.name, connection.person.name)} action={said.revoke} busy={busy} onConfirm={onConfirm} onCancel={onCancel}>
      <Text className={styles.text}>{said.consequence}</Text>
      <Text className={styles.text}>{said.later}</Text>
      {trouble && <Failure trouble={trouble} />}
    </Confirm>
  );
}
