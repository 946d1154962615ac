import { useState } from "react";
import type { RoleGrant, RoleGrantSettings } from "../../api/grants";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import type { Trouble } from "../../ui/Failure";
import { dayOf, endOf, textOf, useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { ChoiceInput, SelectInput, TextInput } from "../../ui/inputs";
import { granteeName } from "./GrantsView";

const said = settings.roles;

interface Props {
  grant?: RoleGrant; // undefined: a new one
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (body: RoleGrantSettings) => void;
  onCancel: () => void;
}

const roles = [["auditor", said.roles.auditor], ["viewer", said.roles.viewer], ["admin", said.roles.admin], ["owner", said.roles.owner]] as const;
const kinds = [["person", said.kinds.person], ["group", said.kinds.group], ["app", said.kinds.app]] as const;

export function GrantDialog({ grant, busy, trouble, onSave, onCancel }: Props) {
  const [form, to] = useFields(() => ({
    role: grant?.role ?? "auditor",
    kind: grant?.grantee.kind ?? "person",
    id: grant?.grantee.id ?? "",
    name: grant?.name ?? "",
    ends: dayOf(grant?.endsAt),
  }));
  const [today] = useState(() => dayOf(new Date().toISOString()));
  return (
    <FormDialog
      title={grant ? said.edit(granteeName(grant)) : said.add}
      action={grant ? messages.save : said.add}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        const same = grant && form.ends === dayOf(grant.endsAt); // keeps the hour of an end that is not touched
        onSave({ role: form.role, grantee: { kind: form.kind, id: form.id.trim() }, name: textOf(form.name), endsAt: same ? grant.endsAt : endOf(form.ends) });
      }}
    >
      <ChoiceInput label={said.role} value={form.role} options={roles} onChange={to("role")} />
      <SelectInput label={said.kind} value={form.kind} options={kinds} onChange={to("kind")} />
      <TextInput label={said.id} hint={said.idHint} required value={form.id} onChange={to("id")} />
      <TextInput label={said.name} hint={said.nameHint} value={form.name} onChange={to("name")} />
      <TextInput label={settings.ends} hint={said.endsHint} type="date" min={today} value={form.ends} onChange={to("ends")} />
    </FormDialog>
  );
}
