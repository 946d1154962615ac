import { useState } from "react";
import type { RoleGrant, RoleGrantSettings } from "../../api/grants";
import { messages } from "../../messages/common";
import { people } from "../../messages/people";
import { settings } from "../../messages/settings";
import { GroupPicker } from "../../shell/GroupPicker";
import { PersonPicker } from "../../shell/PersonPicker";
import type { Chosen } from "../../ui/DirectoryPicker";
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
  const [who, setWho] = useState<Who>({
    kind: grant?.grantee.kind ?? "person",
    id: grant?.grantee.id ?? "",
    name: grant?.name ?? "",
  });
  const [tried, setTried] = useState(false);
  const [form, to] = useFields(() => ({
    role: grant?.role ?? "auditor",
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
        setTried(true);
        if (who.id.trim() === "") return;
        const same = grant && form.ends === dayOf(grant.endsAt); // keeps the hour of an end that is not touched
        onSave({ role: form.role, grantee: { kind: who.kind, id: who.id.trim() }, name: textOf(who.name), endsAt: same ? grant.endsAt : endOf(form.ends) });
      }}
    >
      <ChoiceInput label={said.role} value={form.role} options={roles} onChange={to("role")} />
      <SelectInput label={said.kind} value={who.kind} options={kinds} onChange={(kind) => { setWho({ kind, id: "", name: "" }); }} />
      <Grantee who={who} complaint={tried && who.id.trim() === "" ? missing[who.kind] : undefined} onChange={setWho} />
      <TextInput label={said.name} hint={said.nameHint} value={who.name} onChange={(name) => { setWho({ ...who, name }); }} />
      <TextInput label={settings.ends} hint={said.endsHint} type="date" min={today} value={form.ends} onChange={to("ends")} />
    </FormDialog>
  );
}

type Who = { kind: RoleGrant["grantee"]["kind"]; id: string; name: string };

const missing = { person: people.missing, group: said.groupMissing, app: said.idMissing };

/** Whom the role is for. Whoever is found brings their name; applications are named by their object ID. */
function Grantee({ who, complaint, onChange }: { who: Who; complaint: string | undefined; onChange: (to: Who) => void }) {
  const [first] = useState(who.name); // the name below may be another
  const chosen = who.id === "" ? undefined : { id: who.id, name: first };
  const choose = (to: Chosen | undefined) => {
    onChange({ ...who, id: to?.id ?? "", name: to?.name ? to.name.slice(0, 120) : who.name });
  };
  switch (who.kind) {
    case "person":
      return <PersonPicker key="person" chosen={chosen} hint={said.personHint} complaint={complaint} onChoose={choose} />;
    case "group":
      return <GroupPicker key="group" chosen={chosen} complaint={complaint} onChoose={choose} />;
    case "app":
      return <TextInput label={said.id} hint={said.idHint} required value={who.id} complaint={complaint} onChange={(id) => { onChange({ ...who, id }); }} />;
  }
}
