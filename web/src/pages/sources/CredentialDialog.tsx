import { useState } from "react";
import type { NewSourceCredential, Source } from "../../api/sources";
import { messages } from "../../messages/common";
import { sources } from "../../messages/sources";
import type { Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";
import { blank, credentialOf, problemsOf } from "./credential";
import { CredentialFields } from "./CredentialFields";

interface Props {
  source: Source;
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (credential: NewSourceCredential) => void;
  onCancel: () => void;
}

/** Gives a source another credential. What is not secret of the one it has is filled in. */
export function CredentialDialog({ source, busy, trouble, onSave, onCancel }: Props) {
  const has = source.credential;
  const [draft, setDraft] = useState({
    ...blank,
    kind: has.kind,
    header: has.header ?? "",
    scopes: has.scopes?.join(" ") ?? "",
    tokenUrl: has.tokenUrl ?? "",
    clientId: has.clientId ?? "",
  });
  const [tried, setTried] = useState(false);
  const lacks = problemsOf(draft);
  const submit = () => {
    setTried(true);
    if (Object.keys(lacks).length === 0) onSave(credentialOf(draft));
  };
  return (
    <FormDialog title={sources.credential.dialog(source.name)} action={messages.save} busy={busy} trouble={trouble} onSubmit={submit} onCancel={onCancel}>
      <CredentialFields draft={draft} problems={tried ? lacks : {}} onChange={setDraft} />
    </FormDialog>
  );
}
