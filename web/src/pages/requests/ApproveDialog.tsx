import { Field, Select, Spinner, Text, Textarea } from "@fluentui/react-components";
import { useState } from "react";
import type { ToolRole } from "../../api/access";
import { type AccessRequest, type Given, oneLine } from "../../api/requests";
import { requests as said } from "../../messages/requests";
import { ReviewDialog } from "../../review/ReviewDialog";
import { Failure, type Trouble } from "../../ui/Failure";

/** What can be assigned, as far as it is known. */
export interface Assignable {
  rows: ToolRole[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
}

/** What is chosen where no role is to be assigned. */
const none = "none";

interface Props {
  request: AccessRequest;
  roles: Assignable;
  busy: boolean;
  trouble: Trouble | undefined;
  onApprove: (given: Given) => void;
  onCancel: () => void;
}

/** Gives somebody a tool role that they ask for, once it is shown what that changes; or says that they have got it elsewhere. */
export function ApproveDialog({ request, roles, busy, trouble, onApprove, onCancel }: Props) {
  const [role, setRole] = useState("");
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const { person } = request;
  const chosen = roles.rows?.find((one) => one.id === role);
  return (
    <ReviewDialog
      title={said.approveTitle(person.name)}
      busy={busy}
      trouble={trouble}
      conflict={null}
      unreviewed={roles.rows && role === none ? said.approve : undefined}
      save={said.approve}
      propose={() => {
        setTried(true);
        return chosen && { put: { assignments: [{ role: chosen.name, subject: { kind: "person", value: person.oid } }] } };
      }}
      onSave={() => {
        onApprove({ role: role === none ? undefined : role, answer: oneLine(text) });
      }}
      onCancel={onCancel}
    >
      <Text>
        <bdi>{request.reason}</bdi>
      </Text>
      {!roles.rows && (roles.trouble ? <Failure trouble={roles.trouble} again={roles.again} /> : <Spinner label={said.rolesLoading} />)}
      {roles.rows && (
        <Field label={said.role} hint={said.roleHint} required validationMessage={tried && role === "" ? said.roleMissing : undefined}>
          <Select value={role} onChange={(_, to) => { setRole(to.value); }}>
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
      <Field label={said.note} hint={said.noteHint}>
        <Textarea value={text} maxLength={500} rows={3} onChange={(_, to) => { setText(to.value); }} />
      </Field>
    </ReviewDialog>
  );
}
