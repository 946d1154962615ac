import type { Contact, ContactSettings } from "../../api/contacts";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import type { Trouble } from "../../ui/Failure";
import { textOf, useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { CheckInput, ChoiceInput, SelectInput, TextInput } from "../../ui/inputs";

const said = settings.contacts;

interface Props {
  contact?: Contact; // undefined: a new one
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (name: string, body: ContactSettings) => void;
  onCancel: () => void;
}

const kinds = [["email", said.kinds.email], ["url", said.kinds.url]] as const;
const shapes = [["plain", said.shapes.plain], ["teams", said.shapes.teams]] as const;

function fieldsOf(contact: Contact | undefined) {
  return {
    name: contact?.name ?? "",
    kind: contact?.url === undefined ? ("email" as const) : ("url" as const),
    email: contact?.email ?? "",
    url: contact?.url ?? "",
    shape: contact?.shape ?? "plain",
    urgent: contact?.urgent ?? true,
    digest: contact?.digest ?? true,
  };
}

export function ContactDialog({ contact, busy, trouble, onSave, onCancel }: Props) {
  const [form, to] = useFields<ReturnType<typeof fieldsOf> & { kind: "email" | "url" }>(() => fieldsOf(contact));
  const hook = form.kind === "url";
  return (
    <FormDialog
      title={contact ? said.edit(contact.name) : said.add}
      action={contact ? messages.save : said.add}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        const where = hook ? { url: textOf(form.url), shape: form.shape } : { email: textOf(form.email) };
        onSave(form.name.trim(), { ...where, urgent: form.urgent, digest: form.digest });
      }}
    >
      {!contact && <TextInput label={settings.name} hint={settings.nameHint} required value={form.name} onChange={to("name")} />}
      {!contact && <ChoiceInput label={said.kind} value={form.kind} options={kinds} onChange={to("kind")} />}
      {hook ? (
        <>
          <TextInput label={said.url} hint={said.urlHint} type="url" required value={form.url} onChange={to("url")} />
          <SelectInput label={said.shape} value={form.shape} options={shapes} onChange={to("shape")} />
        </>
      ) : (
        <TextInput label={said.email} type="email" required value={form.email} onChange={to("email")} />
      )}
      <CheckInput label={said.urgentLabel} checked={form.urgent} onChange={to("urgent")} />
      <CheckInput label={said.digestLabel} checked={form.digest} onChange={to("digest")} />
    </FormDialog>
  );
}
