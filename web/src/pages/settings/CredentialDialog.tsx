import { Text } from "@fluentui/react-components";
import type { NewCredential } from "../../api/directory";
import { settings } from "../../messages/settings";
import type { Trouble } from "../../ui/Failure";
import { endOf, textOf, useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { ChoiceInput, TextInput } from "../../ui/inputs";

const said = settings.connection;

interface Props {
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (body: NewCredential) => void;
  onCancel: () => void;
}

const kinds = [["platform_issuer", said.kinds.platform_issuer], ["certificate", said.kinds.certificate], ["client_secret", said.kinds.client_secret]] as const;

/** What is typed here goes to the server and nowhere else, and is gone when the form closes. */
export function CredentialDialog({ busy, trouble, onSave, onCancel }: Props) {
  const [form, to] = useFields<{ kind: NewCredential["kind"]; certificate: string; secret: string; ends: string }>({ kind: "platform_issuer", certificate: "", secret: "", ends: "" });
  return (
    <FormDialog
      title={said.change}
      action={said.change}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        const given = {
          platform_issuer: {},
          certificate: { certificate: textOf(form.certificate) },
          client_secret: { secret: textOf(form.secret), expiresAt: endOf(form.ends) },
        };
        onSave({ kind: form.kind, ...given[form.kind] });
      }}
    >
      <Text>{said.changeText}</Text>
      <ChoiceInput label={said.kind} value={form.kind} options={kinds} onChange={to("kind")} />
      {form.kind === "certificate" && <TextInput label={said.pem} lines={8} required value={form.certificate} onChange={to("certificate")} />}
      {form.kind === "client_secret" && (
        <>
          <TextInput label={said.secret} hint={said.secretHint} type="password" required value={form.secret} onChange={to("secret")} />
          <TextInput label={said.secretEnds} type="date" value={form.ends} onChange={to("ends")} />
        </>
      )}
    </FormDialog>
  );
}
