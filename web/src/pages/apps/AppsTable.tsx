import { Badge, Link, makeStyles, Text, tokens } from "@fluentui/react-components";
import { type ReactNode, useState } from "react";
import { apps as said } from "../../messages/apps";
import { Voucher } from "../../shell/Voucher";
import { type Column, DataTable } from "../../ui/DataTable";
import type { Trouble } from "../../ui/Failure";
import { When } from "../../ui/When";
import { type AppRow, stateOf } from "./rows";

const colors = { listed: "success", waits: "warning", unlisted: "informative" } as const;

const useStyles = makeStyles({
  root: { display: "grid", minWidth: 0, justifyItems: "start" },
  name: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
  mono: { color: tokens.colorNeutralForeground3, fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
});

interface Props {
  rows: AppRow[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
  empty: ReactNode;
  onOpen: (id: string) => void;
}

export function AppsTable({ rows, trouble, again, empty, onOpen }: Props) {
  const [now] = useState(() => Date.now());
  const columns: Column<AppRow>[] = [
    { id: "app", title: said.app, cell: (row) => <Name row={row} onOpen={onOpen} /> },
    { id: "people", title: said.people, width: "6rem", cell: ({ seen }) => (seen?.people ?? 0).toLocaleString("en-US") },
    { id: "connections", title: said.connections, width: "7rem", cell: ({ seen }) => (seen?.connections ?? 0).toLocaleString("en-US") },
    { id: "last", title: said.lastUsed, width: "9rem", cell: ({ seen }) => (seen ? <When at={seen.lastAt} now={now} /> : said.never) },
    { id: "state", title: said.state, width: "11rem", cell: (row) => <State row={row} /> },
  ];
  return <DataTable label={said.list} columns={columns} rows={rows} keyOf={(row) => row.id} trouble={trouble} again={again} empty={empty} />;
}

function Name({ row, onOpen }: { row: AppRow; onOpen: (id: string) => void }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <span className={styles.name}>
        <Link
          as="button"
          aria-label={said.details(row.name)}
          onClick={() => {
            onOpen(row.id);
          }}
        >
          <bdi>{row.name}</bdi>
        </Link>
        <Voucher host={row.host} id={row.id} byEntra={row.verified || row.seen?.signsIn === "entra"} />
      </span>
      {row.name !== row.id && (
        <Text size={200} className={styles.mono}>
          <bdi>{row.id}</bdi>
        </Text>
      )}
    </div>
  );
}

function State({ row }: { row: AppRow }) {
  const state = stateOf(row);
  return (
    <Badge appearance="tint" color={colors[state]}>
      {said.states[state]}
    </Badge>
  );
}
