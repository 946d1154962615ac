import { Badge, Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { AddRegular, SendRegular } from "@fluentui/react-icons";
import type { KnownSink, Sink, SinkStatus } from "../../api/sinks";
import { messages } from "../../messages/common";
import { sinks as said } from "../../messages/sinks";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Failure, type Trouble } from "../../ui/Failure";
import { type RowAction, RowActions } from "../../ui/RowActions";
import { instantOf } from "./record";
import { mayGive, wantsSecret } from "./sinkdraft";

/** What may be done with sinks. */
export interface SinkActs {
  owner: boolean; // who also decides who gets the log's records
  testing: string | undefined; // the sink that is being tested
  add: () => void;
  edit: (sink: Sink) => void;
  give: (sink: Sink) => void;
  renew: (sink: Sink) => void;
  test: (sink: Sink) => void;
  remove: (sink: Sink) => void;
}

interface Props {
  sinks: KnownSink[] | undefined;
  again: () => void;
  unread: Trouble | undefined;
  act: SinkActs | undefined; // undefined: the role may not
}

const useStyles = makeStyles({
  text: { display: "block", color: tokens.colorNeutralForeground2, maxWidth: "80ch", marginBottom: tokens.spacingVerticalM },
  cell: { display: "grid", minWidth: 0, justifyItems: "start" },
  faint: { color: tokens.colorNeutralForeground3 },
  wrong: { color: tokens.colorPaletteRedForeground1 },
});
const colors = { waiting: "informative", working: "success", failing: "danger" } as const;

/** Where the log goes, how far it is behind, and what fails. */
export function Sinks({ sinks, again, unread, act }: Props) {
  const styles = useStyles();
  const columns: Column<KnownSink>[] = [
    { id: "sink", title: said.sink, cell: ({ sink }) => <Named sink={sink} /> },
    { id: "gets", title: said.gets, width: "8rem", cell: ({ sink }) => <Gets sink={sink} /> },
    { id: "state", title: said.state, width: "12rem", cell: ({ status }) => <State status={status} /> },
    { id: "lag", title: said.lag, width: "6.5rem", cell: ({ status }) => <Behind status={status} /> },
    { id: "arrived", title: said.arrived, width: "6.5rem", cell: ({ status }) => (status.arrivedAt ? instantOf(status.arrivedAt) : said.never) },
  ];
  if (act) columns.push({ id: "actions", title: said.actions, width: "9rem", cell: ({ sink }) => <RowActions actions={actionsOf(sink, act)} /> });
  const add = act && (
    <Button appearance="primary" icon={<AddRegular />} onClick={act.add}>
      {said.add}
    </Button>
  );
  return (
    <Card title={said.title} actions={add}>
      <Text className={styles.text}>{said.text}</Text>
      {unread && <Failure trouble={unread} />}
      <DataTable label={said.title} columns={columns} rows={sinks} keyOf={({ sink }) => sink.id} again={again} empty={<EmptyState icon={<SendRegular />} title={said.empty} text={said.emptyText} />} />
    </Card>
  );
}

/** What may be done with one sink. */
export function actionsOf(sink: Sink, act: SinkActs): RowAction[] {
  const actions: RowAction[] = [
    { text: said.test, label: said.testLabel(sink.name), busy: act.testing === sink.name, onDo: () => { act.test(sink); } },
    { text: messages.edit, label: said.editLabel(sink.name), onDo: () => { act.edit(sink); } },
  ];
  if (sink.kind === "webhook") actions.push({ text: said.renew, label: said.renewLabel(sink.name), onDo: () => { act.renew(sink); } });
  if (mayGive(sink, act.owner)) actions.push({ text: said.give, label: said.giveLabel(sink.name), onDo: () => { act.give(sink); } });
  actions.push({ text: messages.remove, label: said.removeLabel(sink.name), onDo: () => { act.remove(sink); } });
  return actions;
}

function Named({ sink }: { sink: Sink }) {
  const styles = useStyles();
  return (
    <div className={styles.cell}>
      <bdi>{sink.name}</bdi>
      <Text size={200} className={styles.faint}>
        {said.kinds[sink.kind]} · <bdi>{sink.url ?? sink.email}</bdi>
      </Text>
      {wantsSecret(sink) && (
        <Badge appearance="tint" color="warning">
          {said.needsSecret}
        </Badge>
      )}
    </div>
  );
}

function Gets({ sink }: { sink: Sink }) {
  const styles = useStyles();
  return (
    <div className={styles.cell}>
      {sink.checkpoints && <span>{said.checkpoints(sink.everySeconds ?? 3600)}</span>}
      {sink.records && <span>{said.recordsAs(sink.format ?? "gatehouse")}</span>}
    </div>
  );
}

function State({ status: { state, trouble, failingSince, nextAt } }: { status: SinkStatus }) {
  const styles = useStyles();
  return (
    <div className={styles.cell}>
      <Badge appearance="tint" color={colors[state]}>
        {said.states[state]}
      </Badge>
      {trouble && <Text className={styles.wrong}>{trouble}</Text>}
      {failingSince && (
        <Text size={200} className={styles.faint}>
          {said.failingSince(instantOf(failingSince))}
        </Text>
      )}
      {nextAt && (
        <Text size={200} className={styles.faint}>
          {said.nextAt(instantOf(nextAt))}
        </Text>
      )}
    </div>
  );
}

function Behind({ status: { records } }: { status: SinkStatus }) {
  const styles = useStyles();
  if (!records) return said.noRecords;
  return (
    <div className={styles.cell}>
      <span>{said.behind(records.lag)}</span>
      <Text size={200} className={styles.faint}>
        {said.delivered(records.delivered)}
      </Text>
    </div>
  );
}
