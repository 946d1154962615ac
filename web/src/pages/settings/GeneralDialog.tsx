import { useState } from "react";
import { isAccessPackage } from "../../api/requests";
import type { OrganizationSettings, Settled } from "../../api/state";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import type { Trouble } from "../../ui/Failure";
import { linesOf, useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { TextInput } from "../../ui/inputs";

const said = settings.general;

interface Props {
  organization: Settled;
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (body: OrganizationSettings) => void;
  onCancel: () => void;
}

export function GeneralDialog({ organization: o, busy, trouble, onSave, onCancel }: Props) {
  const [form, to] = useFields(() => ({ name: o.name, origins: o.origins.join("\n"), link: o.accessPackageUrl ?? "", soft: String(o.membership.softSeconds), hard: String(o.membership.hardSeconds) }));
  const [tried, setTried] = useState(false);
  const link = form.link.trim();
  const wrong = link !== "" && !isAccessPackage(link);
  return (
    <FormDialog
      title={said.edit}
      action={messages.save}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        setTried(true);
        if (wrong) return;
        onSave({
          name: form.name.trim(),
          origins: linesOf(form.origins),
          accessPackageUrl: link,
          membership: { softSeconds: Number(form.soft), hardSeconds: Number(form.hard) },
        });
      }}
    >
      <TextInput label={messages.name} required value={form.name} onChange={to("name")} />
      <TextInput label={said.origins} hint={said.originsHint} lines={3} value={form.origins} onChange={to("origins")} />
      <TextInput label={said.accessPackage} hint={said.accessPackageHint} value={form.link} complaint={tried && wrong ? said.accessPackageWrong : undefined} onChange={to("link")} />
      <TextInput label={said.soft} hint={said.softHint} type="number" min="1" required value={form.soft} onChange={to("soft")} />
      <TextInput label={said.hard} hint={said.hardHint} type="number" min="1" required value={form.hard} onChange={to("hard")} />
    </FormDialog>
  );
}
