import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { PersonProhibitedRegular, PlugConnectedRegular, PlugDisconnectedRegular } from "@fluentui/react-icons";
import { type ReactNode, useState } from "react";
import type { Connection } from "../../api/connections";
import type { SourceAuthorization } from "../../api/person";
import type { Role } from "../../api/roles";
import { person as said } from "../../messages/apps";
import { messages } from "../../messages/common";
import { Voucher } from "../../shell/Voucher";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Facts } from "../../ui/Facts";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";
import { When } from "../../ui/When";

interface Props {
  organization: string;
  person: { oid: string; name: string; username: string | undefined; guest: boolean };
  roles: Role[];
  notice: ReactNode;
  connections: Connection[] | undefined;
  authorizations: SourceAuthorization[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
  membership: ReactNode;
  act: { revoke: (connection: Connection) => void; end: (authorization: SourceAuthorization) => void; everything: () => void } | undefined; // undefined: the role may not
}

const useStyles = makeStyles({
  sections: { display: "grid", gap: tokens.spacingVerticalXL },
  app: { display: "grid", minWidth: 0 },
  name: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
  mono: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
});

export function PersonView({ organization, person, roles, notice, connections, authorizations, trouble, again, membership, act }: Props) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const button = (text: string, label: string, onDo: () => void) => (
    <Button size="small" aria-label={label} onClick={onDo}>
      {text}
    </Button>
  );
  const apps: Column<Connection>[] = [
    { id: "app", title: said.app, cell: (c) => <App connection={c} /> },
    { id: "made", title: said.made, width: "9rem", cell: (c) => <When at={c.madeAt} now={now} /> },
    { id: "used", title: said.used, width: "9rem", cell: (c) => <When at={c.usedAt} now={now} /> },
  ];
  const sources: Column<SourceAuthorization>[] = [
    { id: "source", title: said.source, cell: (a) => <bdi>{a.sourceName}</bdi> },
    { id: "issuer", title: said.issuer, cell: (a) => <bdi>{a.issuer}</bdi> },
    { id: "renewed", title: said.renewed, width: "9rem", cell: (a) => <When at={a.renewedAt} now={now} /> },
  ];
  if (act) {
    apps.push({ id: "actions", title: said.actions, width: "6rem", cell: (c) => button(said.revoke, said.revokeLabel(c.name), () => { act.revoke(c); }) });
    sources.push({ id: "actions", title: said.actions, width: "6rem", cell: (a) => button(said.revoke, said.endLabel(a.sourceName), () => { act.end(a); }) });
  }
  const cut = act && (
    <Button icon={<PersonProhibitedRegular />} onClick={act.everything}>
      {said.revokePerson}
    </Button>
  );
  const kind = person.guest ? said.guest : said.member;
  const nobody = <EmptyState icon={<PlugDisconnectedRegular />} title={said.noConnections} text={said.noConnectionsText} />;
  const nowhere = <EmptyState icon={<PlugConnectedRegular />} title={said.noAuthorizations} text={said.noAuthorizationsText} />;
  return (
    <Page title={person.name} organization={organization} actions={cut}>
      <div className={styles.sections}>
        {notice}
        <Card title={said.facts}>
          <Facts
            facts={[
              [said.username, person.username && <bdi key="username">{person.username}</bdi>],
              [said.oid, <span key="oid" className={styles.mono}>{person.oid}</span>],
              [said.kind, connections && connections.length > 0 ? kind : undefined],
              [said.role, roles.map((role) => messages.roles[role]).join(", ") || said.noRole],
            ]}
          />
        </Card>
        <Card title={said.connections}>
          <DataTable label={said.connections} columns={apps} rows={connections} keyOf={(c) => c.id} trouble={trouble} again={again} empty={nobody} />
        </Card>
        {membership}
        <Card title={said.authorizations}>
          <DataTable label={said.authorizations} columns={sources} rows={authorizations} keyOf={(a) => a.id} again={again} empty={nowhere} />
        </Card>
      </div>
    </Page>
  );
}

function App({ connection: { name, host, client } }: { connection: Connection }) {
  const styles = useStyles();
  return (
    <div className={styles.app}>
      <span className={styles.name}>
        <Text weight="semibold">
          <bdi>{name}</bdi>
        </Text>
        <Voucher host={host} id={client} />
      </span>
      <Text size={200} className={styles.mono}>
        <bdi>{client}</bdi>
      </Text>
    </div>
  );
}
