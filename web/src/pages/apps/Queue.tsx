import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { ClientRequest } from "../../api/clients";
import { apps as said } from "../../messages/apps";
import { Voucher } from "../../shell/Voucher";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { When } from "../../ui/When";

const useStyles = makeStyles({
  text: { display: "block", color: tokens.colorNeutralForeground2, maxWidth: "80ch", marginBottom: tokens.spacingVerticalM },
  root: { display: "grid", minWidth: 0 },
  name: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
  mono: { color: tokens.colorNeutralForeground3, fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
  faint: { color: tokens.colorNeutralForeground3 },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
});

export interface QueueActions {
  approve: (request: ClientRequest) => void;
  reject: (request: ClientRequest) => void;
}

/** Software that people wanted and no admin has decided about. */
export function Queue({ waiting, act }: { waiting: ClientRequest[]; act: QueueActions | undefined }) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const columns: Column<ClientRequest>[] = [
    { id: "app", title: said.app, cell: (request) => <Wanted request={request} /> },
    { id: "by", title: said.askedBy, width: "11rem", cell: ({ person }) => <bdi>{person.name}</bdi> },
    { id: "times", title: said.times, width: "5rem", cell: ({ times }) => times.toLocaleString("en-US") },
    { id: "first", title: said.first, width: "8rem", cell: ({ firstAt }) => <When at={firstAt} now={now} /> },
    { id: "last", title: said.last, width: "8rem", cell: ({ lastAt }) => <When at={lastAt} now={now} /> },
  ];
  if (act) {
    const buttons = (request: ClientRequest) => (
      <div className={styles.actions}>
        <Button size="small" appearance="primary" aria-label={said.approveLabel(request.name)} onClick={() => { act.approve(request); }}>
          {said.approve}
        </Button>
        <Button size="small" aria-label={said.rejectLabel(request.name)} onClick={() => { act.reject(request); }}>
          {said.reject}
        </Button>
      </div>
    );
    columns.push({ id: "actions", title: said.actions, width: "12rem", cell: buttons });
  }
  return (
    <Card title={said.queue}>
      <Text className={styles.text}>{said.queueText}</Text>
      <DataTable label={said.queue} columns={columns} rows={waiting} keyOf={({ software }) => software} again={() => undefined} empty={null} />
    </Card>
  );
}

function Wanted({ request: { name, host, software, answersTo } }: { request: ClientRequest }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <span className={styles.name}>
        <Text weight="semibold">
          <bdi>{name}</bdi>
        </Text>
        <Voucher host={host} id={software} />
      </span>
      <Text size={200} className={styles.mono}>
        <bdi>{software}</bdi>
      </Text>
      <Text size={200} className={styles.faint}>
        <bdi>{said.answersTo(answersTo)}</bdi>
      </Text>
    </div>
  );
}
