import { Button, makeStyles, SearchBox, tokens } from "@fluentui/react-components";
import { PlugDisconnectedRegular, SearchRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Connection } from "../../api/connections";
import { connections as said } from "../../messages/connections";
import type { Way } from "../../shell/go";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { PersonCell } from "../../ui/PersonCell";
import { When } from "../../ui/When";
import { AppCell } from "./AppCell";

interface Props {
  organization: string;
  toPerson: (oid: string) => Way;
  connections: Connection[] | undefined;
  more: boolean;
  onMore: () => void;
  trouble: Trouble | undefined;
  again: () => void;
  onRevoke: ((connection: Connection) => void) | undefined; // undefined: the role may not
}

const useStyles = makeStyles({
  bar: { display: "flex", flexWrap: "wrap", alignItems: "center", justifyContent: "space-between", gap: tokens.spacingHorizontalM, marginBottom: tokens.spacingVerticalS },
  search: { width: "22rem", maxWidth: "100%" },
});

/** Whether a connection has a text in the name or user name of its person, or in what is known of its app. */
export function matches(c: Connection, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [c.person.name, c.person.username, c.name, c.host, c.client].some((part) => part?.toLowerCase().includes(wanted));
}

export function ConnectionsView({ organization, toPerson, connections, more, onMore, trouble, again, onRevoke }: Props) {
  const styles = useStyles();
  const [text, setText] = useState("");
  const [now] = useState(() => Date.now());
  const rows = connections?.filter((c) => matches(c, text));
  const columns: Column<Connection>[] = [
    { id: "person", title: said.person, width: "15rem", cell: (c) => <PersonCell person={c.person} way={toPerson(c.person.oid)} /> },
    { id: "app", title: said.app, cell: (c) => <AppCell connection={c} /> },
    { id: "made", title: said.made, width: "9rem", cell: (c) => <When at={c.madeAt} now={now} /> },
    { id: "used", title: said.used, width: "9rem", cell: (c) => <When at={c.usedAt} now={now} /> },
  ];
  if (onRevoke) {
    const button = (c: Connection) => (
      <Button
        size="small"
        aria-label={said.revokeLabel(c.name, c.person.name)}
        onClick={() => {
          onRevoke(c);
        }}
      >
        {said.revoke}
      </Button>
    );
    columns.push({ id: "actions", title: said.actions, width: "6rem", cell: button });
  }
  const empty =
    connections?.length === 0 ? (
      <EmptyState icon={<PlugDisconnectedRegular />} title={said.empty} text={said.emptyText} />
    ) : (
      <EmptyState icon={<SearchRegular />} title={said.noMatch} text={said.noMatchText(text, more)} />
    );
  return (
    <Page title={said.title} organization={organization} text={said.text}>
      <Card>
        <div className={styles.bar}>
          <SearchBox
            className={styles.search}
            placeholder={said.search}
            aria-label={said.searchLabel}
            value={text}
            onChange={(_, to) => {
              setText(to.value);
            }}
          />
        </div>
        <DataTable label={said.title} columns={columns} rows={rows} keyOf={(c) => c.id} trouble={trouble} again={again} empty={empty} />
        {rows && connections?.length !== 0 && <More shown={said.shown(rows.length, more)} more={more} onMore={onMore} />}
      </Card>
    </Page>
  );
}
