import { Badge, Button, Link, makeStyles, Text, tokens } from "@fluentui/react-components";
import { AddRegular, KeyMultipleRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { RegisteredClient } from "../../api/registered";
import { apps } from "../../messages/apps";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";
import { When } from "../../ui/When";

const said = apps.registered;

const useStyles = makeStyles({
  root: { display: "grid", justifyItems: "start", minWidth: 0 },
  mono: { color: tokens.colorNeutralForeground3, fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
});

interface Props {
  organization: string;
  clients: RegisteredClient[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
  onOpen: (id: string) => void;
  onAdd: (() => void) | undefined; // undefined: the role may not
}

const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });

/** When the secret of a client that lasts longest ends; undefined where it has none. */
export const lastEnd = ({ secrets }: RegisteredClient) => secrets.map(({ endsAt }) => endsAt).sort().at(-1);

export function RegisteredView({ organization, clients, trouble, again, onOpen, onAdd }: Props) {
  const [now] = useState(() => Date.now());
  const columns: Column<RegisteredClient>[] = [
    { id: "name", title: said.name, cell: (c) => <Name client={c} onOpen={onOpen} /> },
    { id: "kind", title: said.kind, width: "9rem", cell: (c) => said.kinds[c.kind] },
    { id: "secrets", title: said.secrets, width: "14rem", cell: (c) => <Secrets client={c} now={now} /> },
    { id: "made", title: said.made, width: "9rem", cell: (c) => <When at={c.madeAt} now={now} /> },
  ];
  const add = onAdd && (
    <Button appearance="primary" icon={<AddRegular />} onClick={onAdd}>
      {said.add}
    </Button>
  );
  const empty = <EmptyState icon={<KeyMultipleRegular />} title={said.empty} text={said.emptyText} />;
  return (
    <Page title={said.title} organization={organization} text={said.text} actions={add}>
      <Card>
        <DataTable label={said.title} columns={columns} rows={clients} keyOf={(c) => c.id} trouble={trouble} again={again} empty={empty} />
      </Card>
    </Page>
  );
}

function Name({ client, onOpen }: { client: RegisteredClient; onOpen: (id: string) => void }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <Link
        as="button"
        aria-label={said.details(client.name)}
        onClick={() => {
          onOpen(client.id);
        }}
      >
        <bdi>{client.name}</bdi>
      </Link>
      <Text size={200} className={styles.mono}>
        {client.id}
      </Text>
    </div>
  );
}

/** Whether a client has something to authenticate with, and until when. */
function Secrets({ client, now }: { client: RegisteredClient; now: number }) {
  if (client.kind === "public") return null;
  if (client.jwks !== undefined || client.jwksUri !== undefined) return <>{said.keys}</>;
  const end = lastEnd(client);
  if (end === undefined || Date.parse(end) <= now) {
    return (
      <Badge appearance="tint" color="warning">
        {end === undefined ? said.noSecrets : said.expired}
      </Badge>
    );
  }
  return <>{`${said.ends} ${day.format(new Date(end))}`}</>;
}
