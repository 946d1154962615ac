import { Field, Select, Spinner, Text, Textarea } from "@fluentui/react-components";
import { useState } from "react";
import type { ToolRole } from "../../api/access";
import type { AccessRequest, Reply } from "../../api/requests";
import { requests as said } from "../../messages/requests";
import { Failure, type Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";

/** What can be assigned, as far as it is known. */
export interface Assignable {
  rows: ToolRole[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
}

/** What is chosen where no role is to be assigned. */
const none = "none";

interface Props {
  kind: Reply["kind"];
  request: AccessRequest;
  roles: Assignable;
  assigned: boolean; // the role is assigned already, and only the answer is missing
  busy: boolean;
  trouble: Trouble | undefined;
  onReply: (reply: Reply) => void;
  onCancel: () => void;
}

/** Gives what somebody asks for, or says why not. */
export function ReplyDialog({ kind, request, roles, assigned, busy, trouble, onReply, onCancel }: Props) {
  const [role, setRole] = useState("");
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const dismissing = kind === "dismiss";
  const { id, person } = request;
  const words = text.trim().replace(/\s+/g, " ");
  const submit = () => {
    setTried(true);
    if (!dismissing) {
      if (roles.rows && role !== "") onReply({ kind: "approve", id, person, role: role === none ? "" : role, text: words });
    } else if (words) onReply({ kind: "dismiss", id, person, text: words });
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
      {!dismissing && !roles.rows && (roles.trouble ? <Failure trouble={roles.trouble} again={roles.again} /> : <Spinner label={said.rolesLoading} />)}
      {!dismissing && roles.rows && (
        <Field label={said.role} hint={said.roleHint} required validationMessage={tried && role === "" ? said.roleMissing : undefined}>
          <Select
            value={role}
            disabled={assigned}
            onChange={(_, to) => {
              setRole(to.value);
            }}
          >
            <option value="">{said.chooseRole}</option>
            <option value={none}>{said.noRole}</option>
            {roles.rows.map((r) => (
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
