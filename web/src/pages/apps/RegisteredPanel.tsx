import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { KeyMultipleRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { readRegistered, type RegisteredClient, useDeleteRegistered, useUpdateRegistered } from "../../api/registered";
import { includes } from "../../api/roles";
import { apps } from "../../messages/apps";
import { Asking } from "../../shell/Asking";
import { useEditing } from "../../shell/editing";
import { usePlace } from "../../shell/place";
import { CopyField } from "../../ui/CopyField";
import { EmptyState } from "../../ui/EmptyState";
import { Facts } from "../../ui/Facts";
import { Failure } from "../../ui/Failure";
import { Panel } from "../../ui/Panel";
import { useTell } from "../../ui/tell";
import { When } from "../../ui/When";
import { RegisterDialog } from "./RegisterDialog";
import { Secrets } from "./Secrets";

const said = apps.registered;

const useStyles = makeStyles({
  body: { display: "grid", gap: tokens.spacingVerticalXL },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
});

/** One client that an admin has registered. */
export function RegisteredPanel({ client, onClose }: { client: RegisteredClient | undefined; onClose: () => void }) {
  const styles = useStyles();
  const { organization, held } = usePlace();
  const { slug } = organization;
  const editing = useEditing((id) => readRegistered(slug, id), useUpdateRegistered(slug));
  const remove = useDeleteRegistered(slug);
  const [removing, setRemoving] = useState(false);
  const [now] = useState(() => Date.now());
  const tell = useTell();
  if (!client) {
    return (
      <Panel title={said.gone} onClose={onClose}>
        <EmptyState icon={<KeyMultipleRegular />} title={said.gone} text={said.goneText} />
      </Panel>
    );
  }
  const actions = includes(held, "admin") && (
    <div className={styles.actions}>
      <Button onClick={() => { editing.open(client.id); }}>{apps.edit}</Button>
      <Button onClick={() => { setRemoving(true); }}>{said.remove}</Button>
    </div>
  );
  const opened = editing.value;
  return (
    <Panel title={<bdi>{client.name}</bdi>} onClose={onClose} actions={actions}>
      <div className={styles.body}>
        {editing.unread && <Failure trouble={editing.unread} />}
        <CopyField label={said.clientId} value={client.id} />
        <Facts
          facts={[
            [said.kind, said.kinds[client.kind]],
            [said.redirects, client.kind === "agent" ? undefined : <bdi key="redirects">{client.redirectUris.join(", ") || said.noRedirects}</bdi>],
            [apps.maximum, client.maximumPermissions?.patterns.join(", ") ?? apps.noMaximum],
            [said.made, <When key="made" at={client.madeAt} now={now} />],
          ]}
        />
        {client.kind !== "public" && <Secrets client={client} now={now} />}
      </div>
      {opened && (
        <RegisterDialog
          client={opened}
          busy={editing.busy}
          trouble={editing.trouble}
          onCancel={editing.close}
          onSave={({ name, redirectUris, maximumPermissions, jwks, jwksUri }) => {
            editing.save({ name, redirectUris, maximumPermissions, jwks, jwksUri }, () => { tell(apps.saved); });
          }}
        />
      )}
      {removing && (
        <Asking
          title={said.removeTitle(client.name)}
          action={said.remove}
          texts={said.removeTexts}
          doing={remove}
          input={client.id}
          onDone={() => {
            tell(said.removed(client.name));
            onClose();
          }}
          onClose={() => { setRemoving(false); }}
        />
      )}
    </Panel>
  );
}
