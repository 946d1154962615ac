import { useState } from "react";
import type { BodyGrantSettings } from "../../api/recordings";
import { settings } from "../../messages/settings";
import type { Trouble } from "../../ui/Failure";
import { dayOf, endOf, textOf, useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { SelectInput, TextInput } from "../../ui/inputs";

const said = settings.recording;

interface Props {
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (body: BodyGrantSettings) => void;
  onCancel: () => void;
}

const kinds = [["person", settings.roles.kinds.person], ["app", settings.roles.kinds.app]] as const;
const day = 86_400_000;
const dayIn = (days: number) => dayOf(new Date(Date.now() + days * day).toISOString());

export function BodyGrantDialog({ busy, trouble, onSave, onCancel }: Props) {
  const [form, to] = useFields<{ kind: "person" | "app"; id: string; name: string; reason: string; ends: string }>(() => ({ kind: "person", id: "", name: "", reason: "", ends: dayIn(7) }));
  const [bounds] = useState(() => [dayIn(0), dayIn(29)] as const);
  return (
    <FormDialog
      title={said.grant}
      action={said.grant}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        onSave({ grantee: { kind: form.kind, id: form.id.trim() }, name: textOf(form.name), reason: form.reason.trim(), endsAt: endOf(form.ends) ?? "" });
      }}
    >
      <SelectInput label={settings.roles.kind} value={form.kind} options={kinds} onChange={to("kind")} />
      <TextInput label={settings.roles.id} hint={settings.roles.idHint} required value={form.id} onChange={to("id")} />
      <TextInput label={settings.roles.name} hint={settings.roles.nameHint} value={form.name} onChange={to("name")} />
      <TextInput label={settings.reason} hint={said.grantReasonHint} required lines={2} value={form.reason} onChange={to("reason")} />
      <TextInput label={said.grantEnds} hint={said.grantEndsHint} type="date" min={bounds[0]} max={bounds[1]} required value={form.ends} onChange={to("ends")} />
    </FormDialog>
  );
}
