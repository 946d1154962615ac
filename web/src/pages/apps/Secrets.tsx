import { Badge, Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { type ClientSecret, type RegisteredClient, useCreateSecret, useDeleteSecret } from "../../api/registered";
import { includes } from "../../api/roles";
import { apps } from "../../messages/apps";
import { Asking } from "../../shell/Asking";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { type Column, DataTable } from "../../ui/DataTable";
import { useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { TextInput } from "../../ui/inputs";
import { SecretDialog } from "../../ui/SecretDialog";
import { useTell } from "../../ui/tell";

const said = apps.registered;
const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });

const useStyles = makeStyles({
  head: { display: "flex", flexWrap: "wrap", alignItems: "center", justifyContent: "space-between", gap: tokens.spacingHorizontalM, marginBottom: tokens.spacingVerticalS },
  title: { margin: 0 },
  mono: { fontFamily: tokens.fontFamilyMonospace },
});

/** The secrets of a client: by their last characters, and until when. */
export function Secrets({ client, now }: { client: RegisteredClient; now: number }) {
  const styles = useStyles();
  const { organization, held } = usePlace();
  const create = useCreateSecret(organization.slug);
  const remove = useDeleteSecret(organization.slug);
  const [form, to] = useFields({ days: "180" });
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  const [removing, setRemoving] = useState<ClientSecret | null>(null);
  const tell = useTell();
  const admin = includes(held, "admin");
  const stop = () => {
    create.reset();
    setAdding(false);
  };
  const ends = ({ endsAt }: ClientSecret) =>
    Date.parse(endsAt) > now ? (
      <time dateTime={endsAt}>{day.format(new Date(endsAt))}</time>
    ) : (
      <Badge appearance="tint" color="warning">
        {said.expired}
      </Badge>
    );
  const columns: Column<ClientSecret>[] = [
    { id: "hint", title: said.secret, cell: ({ hint }) => <span className={styles.mono}>{said.secretHint(hint)}</span> },
    { id: "ends", title: said.ends, cell: ends },
  ];
  if (admin) {
    const button = (secret: ClientSecret) => (
      <Button size="small" aria-label={said.deleteSecretLabel(secret.hint)} onClick={() => { setRemoving(secret); }}>
        {said.deleteSecret}
      </Button>
    );
    columns.push({ id: "actions", title: apps.actions, width: "6rem", cell: button });
  }
  return (
    <section aria-label={said.secrets}>
      <div className={styles.head}>
        <Text as="h3" weight="semibold" className={styles.title}>
          {said.secrets}
        </Text>
        {admin && <Button size="small" icon={<AddRegular />} onClick={() => { setAdding(true); }}>{said.addSecret}</Button>}
      </div>
      <DataTable label={said.secrets} columns={columns} rows={client.secrets} keyOf={({ id }) => id} again={stop} empty={<Text>{said.noSecrets}</Text>} />
      {adding && (
        <FormDialog
          title={said.secretTitle(client.name)}
          action={said.addSecret}
          busy={create.isPending}
          trouble={create.error ? troubleOf(create.error) : undefined}
          onCancel={stop}
          onSubmit={() => {
            create.mutate({ id: client.id, days: Number(form.days) }, { onSuccess: (made) => { stop(); setShown(made.secret ?? null); } });
          }}
        >
          <TextInput label={said.days} hint={said.daysHint} type="number" min="1" max="730" required value={form.days} onChange={to("days")} />
        </FormDialog>
      )}
      {shown !== null && (
        <SecretDialog title={said.secretTitle(client.name)} text={said.secretText} fields={[[said.clientId, client.id], [said.secret, shown]]} onClose={() => { setShown(null); }} />
      )}
      {removing && (
        <Asking
          title={said.deleteSecretTitle(removing.hint, client.name)}
          action={said.deleteSecret}
          texts={said.deleteSecretTexts}
          doing={remove}
          input={{ id: client.id, secretId: removing.id }}
          onDone={() => { tell(said.secretDeleted); }}
          onClose={() => { setRemoving(null); }}
        />
      )}
    </section>
  );
}
