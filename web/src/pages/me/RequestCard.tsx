import { Badge, Button, Field, makeStyles, Text, Textarea, tokens } from "@fluentui/react-components";
import { OpenRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { AccessRequest } from "../../api/requests";
import { requests as said } from "../../messages/requests";
import { Card } from "../../ui/Card";
import { Failure, type Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";
import { When } from "../../ui/When";

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalM, justifyItems: "start", overflowWrap: "anywhere" },
  text: { color: tokens.colorNeutralForeground2 },
  head: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: tokens.spacingHorizontalM },
});

const colors = { open: "brand", approved: "success", dismissed: "warning", withdrawn: "informative", over: "informative" } as const;

export interface Asking {
  request: AccessRequest | null;
  accessPackage: string | undefined; // where the organization wants people to ask in Entra
  trouble: Trouble | undefined; // of asking or withdrawing
  busy: boolean;
  onAsk: (reason: string, done: () => void) => void;
  onWithdraw: (id: string) => void;
  onOpen: () => void; // forgets the last trouble
}

/** What somebody has asked their admins for, and the way to ask. */
export function RequestCard({ asking, now }: { asking: Asking; now: number }) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const { request, accessPackage, trouble, busy } = asking;
  const state = request && (request.state === "open" && Date.parse(request.expiresAt) <= now ? "over" : request.state);
  return (
    <Card title={said.own}>
      <div className={styles.root}>
        <Text className={styles.text}>{accessPackage ? said.packageText : said.ownText}</Text>
        {accessPackage && (
          <Button as="a" appearance="primary" href={accessPackage} target="_blank" rel="noopener noreferrer" icon={<OpenRegular />} iconPosition="after">
            {said.package}
          </Button>
        )}
        {request && state && (
          <>
            <div className={styles.head}>
              <Badge appearance="tint" color={colors[state]}>
                {said.states[state]}
              </Badge>
              <When at={request.madeAt} now={now} />
            </div>
            <Text>
              <bdi>{request.reason}</bdi>
            </Text>
            {request.answer && (
              <Text>
                <b>{said.says}</b> <bdi>{request.answer}</bdi>
              </Text>
            )}
          </>
        )}
        {trouble && !open && <Failure trouble={trouble} />}
        {request && state === "open" ? (
          <Button
            disabledFocusable={busy}
            onClick={() => {
              asking.onWithdraw(request.id);
            }}
          >
            {said.withdraw}
          </Button>
        ) : (
          <Button
            onClick={() => {
              asking.onOpen();
              setOpen(true);
            }}
          >
            {said.ask}
          </Button>
        )}
      </div>
      {open && (
        <AskDialog
          asking={asking}
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </Card>
  );
}

function AskDialog({ asking, onClose }: { asking: Asking; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const text = reason.trim();
  return (
    <FormDialog
      title={said.askTitle}
      action={said.send}
      busy={asking.busy}
      trouble={asking.trouble}
      onSubmit={() => {
        setTried(true);
        if (text) asking.onAsk(text.replace(/\s+/g, " "), onClose);
      }}
      onCancel={onClose}
    >
      <Field label={said.askLabel} hint={said.askHint} required validationMessage={tried && !text ? said.askMissing : undefined}>
        <Textarea
          value={reason}
          maxLength={500}
          rows={3}
          onChange={(_, to) => {
            setReason(to.value);
          }}
        />
      </Field>
    </FormDialog>
  );
}
