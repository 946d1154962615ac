import { Field, Text, Textarea } from "@fluentui/react-components";
import { useState } from "react";
import type { Act } from "../../api/operator";
import { operator } from "../../messages/operator";
import type { Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";

const said = operator.organizations;

interface Props {
  slug: string;
  act: Act;
  busy: boolean;
  trouble: Trouble | undefined;
  onSubmit: (reason: string) => void;
  onCancel: () => void;
}

/** Says what an operator's act does, and asks why: the organization's log has it. */
export function ActDialog({ slug, act, busy, trouble, onSubmit, onCancel }: Props) {
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const submit = () => {
    const text = reason.trim();
    setMissing(text === "");
    if (text !== "") onSubmit(text);
  };
  return (
    <FormDialog title={said.question[act](slug)} action={said[act]} busy={busy} trouble={trouble} onSubmit={submit} onCancel={onCancel}>
      <Text>{said.consequence[act]}</Text>
      <Field label={said.reason} required hint={said.reasonHint} validationMessage={missing ? said.reasonMissing : undefined}>
        <Textarea
          value={reason}
          maxLength={500}
          onChange={(_, to) => {
            setReason(to.value);
          }}
        />
      </Field>
    </FormDialog>
  );
}
