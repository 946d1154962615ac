import type { NewRegisteredClient, RegisteredClient } from "../../api/registered";
import { apps } from "../../messages/apps";
import { messages } from "../../messages/common";
import type { Trouble } from "../../ui/Failure";
import { linesOf, useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { ChoiceInput, TextInput } from "../../ui/inputs";

const said = apps.registered;

interface Props {
  client?: RegisteredClient; // undefined: a new one
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (body: NewRegisteredClient) => void;
  onCancel: () => void;
}

const kinds = [["public", said.kindsLong.public], ["confidential", said.kindsLong.confidential], ["agent", said.kindsLong.agent]] as const;

export function RegisterDialog({ client, busy, trouble, onSave, onCancel }: Props) {
  const [form, to] = useFields<{ kind: NewRegisteredClient["kind"]; name: string; redirects: string; maximum: string }>(() => ({
    kind: client?.kind ?? "public",
    name: client?.name ?? "",
    redirects: client?.redirectUris.join("\n") ?? "",
    maximum: client?.maximumPermissions?.patterns.join("\n") ?? "",
  }));
  return (
    <FormDialog
      title={client ? apps.editTitle(client.name) : said.add}
      action={client ? messages.save : said.add}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        const patterns = linesOf(form.maximum);
        onSave({
          kind: form.kind,
          name: form.name.trim(),
          redirectUris: form.kind === "agent" ? undefined : linesOf(form.redirects),
          maximumPermissions: patterns.length > 0 ? { patterns } : undefined,
          jwks: client?.jwks,
          jwksUri: client?.jwksUri,
        });
      }}
    >
      {!client && <ChoiceInput label={said.kind} value={form.kind} options={kinds} onChange={to("kind")} />}
      <TextInput label={said.name} hint={said.nameHint} required value={form.name} onChange={to("name")} />
      {form.kind !== "agent" && <TextInput label={said.redirects} hint={said.redirectsHint} lines={3} value={form.redirects} onChange={to("redirects")} />}
      <TextInput label={apps.maximum} hint={apps.maximumHint} lines={3} value={form.maximum} onChange={to("maximum")} />
    </FormDialog>
  );
}
