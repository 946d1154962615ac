import { MessageBar, MessageBarBody, Text } from "@fluentui/react-components";
import type { ClientSettings } from "../../api/clients";
import { messages } from "../../messages/common";
import { apps as said } from "../../messages/apps";
import type { Trouble } from "../../ui/Failure";
import { linesOf, useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { TextInput } from "../../ui/inputs";

/** What is to be put on the list of clients. */
export interface Approved {
  id: string;
  name: string;
  host: string | undefined;
}

interface Props {
  app: Approved;
  settings?: ClientSettings; // of one that is listed
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (body: ClientSettings) => void;
  onCancel: () => void;
}

/** Puts an AI app on the list of clients, or changes what the list says of it. */
export function ApproveDialog({ app, settings, busy, trouble, onSave, onCancel }: Props) {
  const [form, to] = useFields(() => ({ name: settings?.name ?? app.name, maximum: settings?.maximumPermissions?.patterns.join("\n") ?? "" }));
  return (
    <FormDialog
      title={settings ? said.editTitle(settings.name) : said.approveTitle(app.name)}
      action={settings ? messages.save : said.approve}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        const patterns = linesOf(form.maximum);
        onSave({ name: form.name.trim(), maximumPermissions: patterns.length > 0 ? { patterns } : undefined });
      }}
    >
      {!settings && <Text>{said.approveText}</Text>}
      {!settings && !app.host && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{said.unverifiedWarning}</MessageBarBody>
        </MessageBar>
      )}
      <TextInput label={said.shownAs} hint={said.shownAsHint} required value={form.name} onChange={to("name")} />
      <TextInput label={said.maximum} hint={said.maximumHint} lines={3} value={form.maximum} onChange={to("maximum")} />
    </FormDialog>
  );
}
