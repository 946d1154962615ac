import { Field, Select, Text, Textarea } from "@fluentui/react-components";
import { useState } from "react";
import type { AccessRequest, Reply, ToolRole } from "../../api/requests";
import { requests as said } from "../../messages/requests";
import type { Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";

interface Props {
  kind: Reply["kind"];
  request: AccessRequest;
  roles: ToolRole[];
  busy: boolean;
  trouble: Trouble | undefined;
  onReply: (reply: Reply) => void;
  onCancel: () => void;
}

/** Gives what somebody asks for, or says why not. */
export function ReplyDialog({ kind, request, roles, busy, trouble, onReply, onCancel }: Props) {
  const [role, setRole] = useState("");
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const dismissing = kind === "dismiss";
  const { id, person } = request;
  const words = text.trim().replace(/\s+/g, " ");
  const submit = () => {
    setTried(true);
    if (!dismissing) onReply({ kind: "approve", id, person, role, text: words });
    else if (words) onReply({ kind: "dismiss", id, person, text: words });
  };
  return (
    <FormDialog
      title={dismissing ? said.dismissTitle(person.name) : said.approveTitle(person.name)}
      action={dismissing ? said.dismiss : said.approve}
      busy={busy}
      trouble={trouble}
      onSubmit={submit}
      onCancel={onCancel}
    >
      <Text>
        <bdi>{request.reason}</bdi>
      </Text>
      {!dismissing && (
        <Field label={said.role} hint={said.roleHint}>
          <Select
            value={role}
            onChange={(_, to) => {
              setRole(to.value);
            }}
          >
            <option value="">{said.noRole}</option>
            {roles.map((r) => (
              <option key={r.id} value={r.id}>
                {r.name}
              </option>
            ))}
          </Select>
        </Field>
      )}
      <Field
        label={dismissing ? said.why : said.note}
        hint={said.noteHint}
        required={dismissing}
        validationMessage={dismissing && tried && !words ? said.whyMissing : undefined}
      >
        <Textarea
          value={text}
          maxLength={500}
          rows={3}
          onChange={(_, to) => {
            setText(to.value);
          }}
        />
      </Field>
    </FormDialog>
  );
}
