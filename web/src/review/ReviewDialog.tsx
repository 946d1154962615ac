import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { ArrowLeftRegular } from "@fluentui/react-icons";
import { type ReactNode, useState } from "react";
import type { Proposal } from "../api/whatif";
import { access as said } from "../messages/access";
import { messages } from "../messages/common";
import type { Trouble } from "../ui/Failure";
import { FormDialog } from "../ui/FormDialog";
import { WhatIf } from "./WhatIf";

const useStyles = makeStyles({
  form: { display: "grid", gridAutoRows: "max-content", gap: tokens.spacingVerticalL },
  away: { display: "none" },
  review: { display: "grid", gap: tokens.spacingVerticalL, justifyItems: "start", "& > *:last-child": { justifySelf: "stretch" } },
});

interface Props {
  title: string;
  busy: boolean;
  trouble: Trouble | undefined;
  conflict: ReactNode; // what somebody else has changed meanwhile
  unreviewed?: string; // what saves at once, where nobody's access changes
  save?: string; // what saves, where that has a better name
  propose: () => Proposal | undefined; // undefined: something is missing, and the form says what
  children: ReactNode;
  onSave: () => void;
  onCancel: () => void;
}

/** A form whose changes are shown before they are made. Going back loses nothing. */
export function ReviewDialog({ title, busy, trouble, conflict, unreviewed, save = messages.save, propose, children, onSave, onCancel }: Props) {
  const styles = useStyles();
  const [proposal, setProposal] = useState<Proposal | null>(null);
  return (
    <FormDialog
      title={proposal ? `${title}: ${said.reviewing.toLowerCase()}` : title}
      action={proposal ? save : (unreviewed ?? said.review)}
      busy={busy}
      trouble={trouble}
      onSubmit={() => {
        if (proposal || unreviewed) onSave();
        else setProposal(propose() ?? null);
      }}
      onCancel={onCancel}
    >
      {conflict}
      <div className={proposal ? styles.away : styles.form}>{children}</div>
      {proposal && (
        <div className={styles.review}>
          <Button
            icon={<ArrowLeftRegular />}
            appearance="subtle"
            onClick={({ currentTarget }) => {
              currentTarget.form?.querySelector<HTMLButtonElement>("button[type=submit]")?.focus(); // this one goes
              setProposal(null);
            }}
          >
            {said.back}
          </Button>
          <WhatIf proposal={proposal} />
        </div>
      )}
    </FormDialog>
  );
}
