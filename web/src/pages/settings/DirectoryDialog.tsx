import type { ConnectionSettings, DirectoryConnection } from "../../api/directory";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import type { Trouble } from "../../ui/Failure";
import { useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { SelectInput, TextInput } from "../../ui/inputs";

const said = settings.connection;

interface Props {
  connection: DirectoryConnection;
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (body: ConnectionSettings) => void;
  onCancel: () => void;
}

const admission = [["refuse", said.admission.refuse], ["admit", said.admission.admit]] as const;
const sources = [["on_behalf_of", said.groupSources.on_behalf_of], ["token_only", said.groupSources.token_only]] as const;
const backgrounds = [["delegated", said.backgrounds.delegated], ["application", said.backgrounds.application]] as const;
const versions = [["v2", said.versions.v2], ["v1v2", said.versions.v1v2]] as const;

/** Changes what is decided here; what the form does not show stays as it is. */
export function DirectoryDialog({ connection: { settings: set }, busy, trouble, onSave, onCancel }: Props) {
  const [form, to] = useFields(() => ({
    resource: set.resource ?? "",
    guests: set.guests ?? "refuse",
    apps: set.apps ?? "refuse",
    agents: set.agents ?? "refuse",
    groupSource: set.groupSource ?? "on_behalf_of",
    background: set.background ?? "delegated",
    tokenVersions: set.tokenVersions ?? "v2",
  }));
  return (
    <FormDialog
      title={said.edit}
      action={messages.save}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        onSave({ ...set, ...form, resource: form.resource.trim() });
      }}
    >
      <TextInput label={said.resource} value={form.resource} onChange={to("resource")} />
      <SelectInput label={said.guests} value={form.guests} options={admission} onChange={to("guests")} />
      <SelectInput label={said.apps} value={form.apps} options={admission} onChange={to("apps")} />
      <SelectInput label={said.agents} value={form.agents} options={admission} onChange={to("agents")} />
      <SelectInput label={said.groupSource} value={form.groupSource} options={sources} onChange={to("groupSource")} />
      <SelectInput label={said.background} hint={said.backgroundHint} value={form.background} options={backgrounds} onChange={to("background")} />
      <SelectInput label={said.tokenVersions} value={form.tokenVersions} options={versions} onChange={to("tokenVersions")} />
    </FormDialog>
  );
}
