import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { Ending } from "../../api/me";
import { me as said } from "../../messages/me";
import { Confirm } from "../../ui/Confirm";
import { Failure, type Trouble } from "../../ui/Failure";

const useStyles = makeStyles({ text: { display: "block", marginBottom: tokens.spacingVerticalM } });

interface Props {
  ending: Ending;
  busy: boolean;
  trouble: Trouble | undefined;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Says what ending something of one's own does. */
export function EndDialog({ ending, busy, trouble, onConfirm, onCancel }: Props) {
  const styles = useStyles();
  const app = ending.kind === "connection";
  return (
    <Confirm title={app ? said.revokeQuestion(ending.name) : said.endSourceQuestion(ending.name)} action={said.revoke} busy={busy} onConfirm={onConfirm} onCancel={onCancel}>
      <Text className={styles.text}>{app ? said.revokeText : said.endSourceText}</Text>
      {trouble && <Failure trouble={trouble} />}
    </Confirm>
  );
}
