import { Field, Input, makeStyles, tokens } from "@fluentui/react-components";
import { Controller, useForm } from "react-hook-form";
import { useConnect } from "../../api/setup";
import { setup } from "../../messages/setup";
import { useTell } from "../../ui/tell";
import { Act } from "./Act";

const said = setup.connection;
const useStyles = makeStyles({ form: { display: "grid", gap: tokens.spacingVerticalM, maxWidth: "32rem", justifyItems: "stretch" }, mono: { fontFamily: tokens.fontFamilyMonospace } });

const guid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Which app it is, from whoever has registered it. */
export function ClientIdForm({ org, clientId = "", open }: { org: string; clientId?: string; open: boolean }) {
  const styles = useStyles();
  const connect = useConnect(org);
  const tell = useTell();
  const form = useForm({ defaultValues: { clientId } });
  const wrong = form.formState.errors.clientId?.message;
  const submit = form.handleSubmit(({ clientId: id }) => {
    connect.mutate({ model: "own", clientId: id.trim().toLowerCase() }, { onSuccess: () => { tell(said.connected, { text: said.connectedText }); } });
  });
  return (
    <form noValidate className={styles.form} onSubmit={(event) => void submit(event)}>
      <Field label={said.clientId} hint={said.clientIdHint} validationMessage={wrong} required>
        <Controller
          name="clientId"
          control={form.control}
          rules={{ validate: (text) => guid.test(text.trim()) || said.clientIdWrong }}
          render={({ field }) => <Input {...field} readOnly={!open} autoComplete="off" spellCheck={false} input={{ className: styles.mono }} />}
        />
      </Field>
      {open && <Act action={said.connect} busy={connect.isPending} error={connect.error} submit />}
    </form>
  );
}
