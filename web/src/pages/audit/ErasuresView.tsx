import { Badge, Button, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Text, tokens } from "@fluentui/react-components";
import { AddRegular, EraserRegular } from "@fluentui/react-icons";
import type { Erasure } from "../../api/erasures";
import { erasures as said } from "../../messages/erasures";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Facts } from "../../ui/Facts";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";
import { type RowAction, RowActions } from "../../ui/RowActions";
import { forgottenAt, mayApprove, mayWithdraw, phaseOf } from "./erasure";
import { instantOf } from "./record";

/** What may be done about erasures. */
export interface ErasureActs {
  me: string; // object ID of who looks
  owner: boolean;
  request: () => void;
  approve: (erasure: Erasure) => void;
  withdraw: (erasure: Erasure) => void;
}

interface Props {
  organization: string;
  list: Erasure[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
  held: boolean; // there is a legal hold
  size: number | undefined; // of the log
  now: number;
  nameOf: (oid: string) => string;
  act: ErasureActs | undefined; // undefined: the role may not
}

const useStyles = makeStyles({
  stack: { display: "grid", gap: tokens.spacingVerticalL },
  cell: { display: "grid", minWidth: 0, justifyItems: "start" },
  faint: { color: tokens.colorNeutralForeground3 },
  bar: { whiteSpace: "normal" },
});
const colors = { asked: "warning", waits: "informative", held: "informative", doing: "brand", done: "success" } as const;

export function ErasuresView({ organization, list, trouble, again, held, size, now, nameOf, act }: Props) {
  const styles = useStyles();
  const columns: Column<Erasure>[] = [
    { id: "person", title: said.person, cell: (e) => <Who erasure={e} nameOf={nameOf} /> },
    { id: "state", title: said.state, width: "11rem", cell: (e) => <State erasure={e} held={held} now={now} /> },
    { id: "progress", title: said.progress, width: "10rem", cell: (e) => <Progress erasure={e} size={size} now={now} /> },
    { id: "asked", title: said.asked, width: "11rem", cell: (e) => <History erasure={e} nameOf={nameOf} /> },
  ];
  if (act) columns.push({ id: "actions", title: said.actions, width: "7rem", cell: (e) => <RowActions actions={actionsOf(e, act, now, nameOf)} /> });
  const request = act && (
    <Button appearance="primary" icon={<AddRegular />} onClick={act.request}>
      {said.request}
    </Button>
  );
  return (
    <Page title={said.title} organization={organization} text={said.text}>
      <div className={styles.stack}>
        {held && (
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody className={styles.bar}>
              <MessageBarTitle>{said.held}</MessageBarTitle> {said.heldText}
            </MessageBarBody>
          </MessageBar>
        )}
        <Card title={said.list} actions={request}>
          <DataTable
            label={said.list}
            columns={columns}
            rows={list && [...list].reverse()} // the last one first
            keyOf={({ id }) => id}
            trouble={trouble}
            again={again}
            empty={<EmptyState icon={<EraserRegular />} title={said.empty} text={said.emptyText} />}
          />
        </Card>
        <Card title={said.does}>
          <Facts
            facts={[
              [said.goes, said.goesText],
              [said.stays, said.staysText],
              [said.beyond, said.beyondText],
              [said.how, said.howText],
            ]}
          />
        </Card>
      </div>
    </Page>
  );
}

/** Whom it is about, as far as who looks may know. */
export const calledOf = ({ person }: Erasure, nameOf: (oid: string) => string) => (person ? nameOf(person) : said.somebody);

function actionsOf(e: Erasure, { me, owner, approve, withdraw }: ErasureActs, now: number, nameOf: Props["nameOf"]): RowAction[] {
  const who = calledOf(e, nameOf);
  const actions: RowAction[] = [];
  if (owner && mayApprove(e, me)) actions.push({ text: said.approve, label: said.approveLabel(who), onDo: () => { approve(e); } });
  if (mayWithdraw(e, now)) actions.push({ text: said.withdraw, label: said.withdrawLabel(who), onDo: () => { withdraw(e); } });
  return actions;
}

function Who({ erasure: { person, names, state }, nameOf }: { erasure: Erasure; nameOf: Props["nameOf"] }) {
  const styles = useStyles();
  if (!person) return <Text className={styles.faint}>{state === "done" ? said.gone : said.hidden}</Text>;
  return (
    <div className={styles.cell}>
      <bdi>{nameOf(person)}</bdi>
      {nameOf(person) !== person && (
        <Text size={200} className={styles.faint}>
          {person}
        </Text>
      )}
      {names && names.length > 0 && (
        <Text size={200} className={styles.faint}>
          <bdi>{said.names(names)}</bdi>
        </Text>
      )}
    </div>
  );
}

function State({ erasure, held, now }: { erasure: Erasure; held: boolean; now: number }) {
  const styles = useStyles();
  const phase = phaseOf(erasure, held, now);
  return (
    <div className={styles.cell}>
      <Badge appearance="tint" color={colors[phase]}>
        {said.states[phase]}
      </Badge>
      <Text size={200} className={styles.faint}>
        {phase === "asked" && said.until(instantOf(forgottenAt(erasure)))}
        {phase === "waits" && erasure.dueAt && said.due(instantOf(erasure.dueAt))}
      </Text>
    </div>
  );
}

function Progress({ erasure: { state, scanned, records, fields, dueAt }, size, now }: { erasure: Erasure; size: number | undefined; now: number }) {
  const styles = useStyles();
  if (state === "asked" || (dueAt && Date.parse(dueAt) > now)) return said.notBegun;
  return (
    <div className={styles.cell}>
      {state === "approved" && size !== undefined && <span>{said.scanned(scanned, size)}</span>}
      <span>{said.found(records, fields)}</span>
    </div>
  );
}

function History({ erasure: { askedAt, askedBy, approvedAt, approvedBy, doneAt }, nameOf }: { erasure: Erasure; nameOf: Props["nameOf"] }) {
  const styles = useStyles();
  return (
    <div className={styles.cell}>
      <span>
        {instantOf(askedAt)} <bdi>{said.by(nameOf(askedBy))}</bdi>
      </span>
      {approvedAt && (
        <Text size={200} className={styles.faint}>
          <bdi>{said.approved(instantOf(approvedAt), nameOf(approvedBy ?? ""))}</bdi>
        </Text>
      )}
      {doneAt && (
        <Text size={200} className={styles.faint}>
          {said.doneAt(instantOf(doneAt))}
        </Text>
      )}
    </div>
  );
}
