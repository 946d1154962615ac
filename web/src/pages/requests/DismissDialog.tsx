import { Field, Text, Textarea } from "@fluentui/react-components";
import { useState } from "react";
import { type AccessRequest, oneLine } from "../../api/requests";
import { requests as said } from "../../messages/requests";
import type { Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";

interface Props {
  request: AccessRequest;
  busy: boolean;
  trouble: Trouble | undefined;
  onDismiss: (reason: string) => void;
  onCancel: () => void;
}

/** Says why somebody does not get what they ask for. */
export function DismissDialog({ request, busy, trouble, onDismiss, onCancel }: Props) {
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const words = oneLine(text);
  const submit = () => {
    setTried(true);
    if (words) onDismiss(words);
  };
  return (
    <FormDialog title={said.dismissTitle(request.person.name)} action={said.dismiss} busy={busy} trouble={trouble} onSubmit={submit} onCancel={onCancel}>
      <Text>
        <bdi>{request.reason}</bdi>
      </Text>
      <Field label={said.why} hint={said.noteHint} required validationMessage={tried && !words ? said.whyMissing : undefined}>
        <Textarea value={text} maxLength={500} rows={3} onChange={(_, to) => { setText(to.value); }} />
      </Field>
    </FormDialog>
  );
}
