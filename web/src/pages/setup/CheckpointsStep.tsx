import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { sessionQuery } from "../../api/session";
import { useMailbox, useNoCheckpoints } from "../../api/setup";
import { setup } from "../../messages/setup";
import { isAddress, MailboxInput } from "../../ui/MailboxInput";
import { Act } from "./Act";

const said = setup.checkpoints;
const useStyles = makeStyles({ form: { display: "grid", gap: tokens.spacingVerticalL, maxWidth: "36rem" }, faint: { color: tokens.colorNeutralForeground3 } });

/** Where the log's checkpoints go; "not now" is an answer, too. */
export function CheckpointsStep({ org, open, onNext }: { org: string; open: boolean; onNext: () => void }) {
  const styles = useStyles();
  const session = useQuery(sessionQuery);
  const [typed, setTyped] = useState<string>();
  const [wrong, setWrong] = useState(false);
  const mailbox = useMailbox(org);
  const none = useNoCheckpoints(org);
  if (!open) return null;
  const email = typed ?? session.data?.username ?? "";
  const busy = mailbox.isPending || none.isPending;
  const send = () => {
    const good = isAddress(email);
    setWrong(!good);
    if (good) mailbox.mutate(email.trim(), { onSuccess: onNext });
  };
  return (
    <form
      noValidate
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) send();
      }}
    >
      <Text>{said.text}</Text>
      <MailboxInput value={email} wrong={wrong} onChange={setTyped} />
      <Act action={said.action} busy={busy} error={mailbox.error ?? none.error} submit>
        <Button
          disabledFocusable={busy}
          onClick={() => {
            none.mutate(undefined, { onSuccess: onNext });
          }}
        >
          {said.notNow}
        </Button>
      </Act>
      <Text size={200} className={styles.faint}>
        {said.notNowText}
      </Text>
    </form>
  );
}
