import { Badge, Button, makeStyles, SearchBox, Text, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowSyncRegular, DeleteRegular, EditRegular, PeopleTeamRegular, SearchRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Assignment, ToolRole } from "../../api/access";
import { access } from "../../messages/access";
import { assignments as said } from "../../messages/assignments";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";
import { subjectOf } from "./words";

const useStyles = makeStyles({
  stack: { display: "grid", gap: tokens.spacingVerticalL },
  bar: { display: "flex", flexWrap: "wrap", alignItems: "center", justifyContent: "space-between", gap: tokens.spacingHorizontalM, marginBottom: tokens.spacingVerticalL },
  buttons: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: tokens.spacingHorizontalS },
  search: { width: "22rem", maxWidth: "100%" },
  faint: { color: tokens.colorNeutralForeground3 },
  who: { display: "grid", minWidth: 0 },
  mono: { color: tokens.colorNeutralForeground3, fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
  actions: { display: "flex", gap: tokens.spacingHorizontalXS },
});

export interface AssignmentActions {
  onCreate: () => void;
  onEdit: (a: Assignment) => void;
  onRemove: (a: Assignment) => void;
  onReconcile: (() => void) | undefined; // undefined: it is being done
}

interface Props {
  organization: string;
  assignments: Assignment[] | undefined;
  roles: ToolRole[] | undefined;
  deleted: readonly string[]; // ids of groups that do not exist any more
  find: string;
  onFind: (to: string) => void;
  trouble: Trouble | undefined;
  again: () => void;
  actions: AssignmentActions | undefined; // undefined: the role in the console may not
}

/** Who has which tool role, groups first. */
export function AssignmentsView({ organization, assignments, roles, deleted, find, onFind, trouble, again, actions }: Props) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const nameOf = (a: Assignment) => roles?.find((role) => role.id === a.role)?.name ?? a.role;
  const wanted = find.trim().toLowerCase();
  const rows = roles && assignments?.filter((a) => [subjectOf(a), a.subject.value ?? "", nameOf(a)].some((part) => part.toLowerCase().includes(wanted)));
  const columns: Column<Assignment>[] = [
    { id: "subject", title: said.subject, cell: (a) => <Who assignment={a} deleted={deleted.includes(a.subject.value ?? "")} /> },
    { id: "role", title: said.role, width: "14rem", cell: (a) => <bdi>{nameOf(a)}</bdi> },
    { id: "ends", title: said.ends, width: "10rem", cell: (a) => <Ends at={a.endsAt} now={now} /> },
  ];
  if (actions) columns.push({ id: "actions", title: access.actions, width: "6rem", cell: (a) => <Actions label={[subjectOf(a), nameOf(a)]} assignment={a} actions={actions} /> });
  const create = actions && (
    <Button appearance="primary" icon={<AddRegular />} onClick={actions.onCreate}>
      {said.create}
    </Button>
  );
  const empty =
    assignments?.length === 0 ? (
      <EmptyState icon={<PeopleTeamRegular />} title={said.empty} text={said.emptyText} action={create} />
    ) : (
      <EmptyState icon={<SearchRegular />} title={said.noMatch} text={said.noMatchText(find)} />
    );
  const table = (label: string, some: Assignment[] | undefined) => <DataTable label={label} columns={columns} rows={some} keyOf={(a) => a.id} trouble={trouble} again={again} empty={empty} />;
  const groups = rows?.filter((a) => a.subject.kind === "group");
  const others = rows?.filter((a) => a.subject.kind !== "group");
  return (
    <Page title={said.title} organization={organization} text={said.text} actions={create}>
      <div className={styles.bar}>
        <SearchBox
          className={styles.search}
          placeholder={access.filter}
          aria-label={access.filter}
          value={find}
          onChange={(_, to) => {
            onFind(to.value);
          }}
        />
        <div className={styles.buttons}>
          {rows && (
            <Text className={styles.faint} role="status">
              {said.shown(rows.length)}
            </Text>
          )}
          {actions && (
            <Button icon={<ArrowSyncRegular />} disabledFocusable={!actions.onReconcile} onClick={actions.onReconcile}>
              {said.reconcile}
            </Button>
          )}
        </div>
      </div>
      <div className={styles.stack}>
        {(!rows || groups?.length !== 0 || others?.length === 0) && <Card title={said.groups}>{table(said.groups, groups)}</Card>}
        {others && others.length > 0 && !trouble && <Card title={said.others}>{table(said.others, others)}</Card>}
      </div>
    </Page>
  );
}

function Who({ assignment, deleted }: { assignment: Assignment; deleted: boolean }) {
  const styles = useStyles();
  const { subject, name } = assignment;
  const nameless = subject.value !== undefined && !name;
  return (
    <div className={styles.who}>
      <Text weight="semibold">{nameless ? <span className={styles.faint}>{said.nameless}</span> : <bdi>{subjectOf(assignment)}</bdi>}</Text>
      {subject.value && (
        <Text size={200} className={styles.mono}>
          {access.kinds[subject.kind]} · <bdi>{subject.value}</bdi>
        </Text>
      )}
      {deleted && (
        <span>
          <Badge appearance="tint" color="danger">
            {said.deletedGroup}
          </Badge>
        </span>
      )}
    </div>
  );
}

const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone: "UTC" });

function Ends({ at, now }: { at: string | undefined; now: number }) {
  const styles = useStyles();
  if (!at) return <Text className={styles.faint}>{said.never}</Text>;
  return (
    <span>
      <time dateTime={at}>{day.format(new Date(at))}</time>{" "}
      {Date.parse(at) <= now && (
        <Badge appearance="tint" color="warning">
          {said.ended}
        </Badge>
      )}
    </span>
  );
}

function Actions({ label: [who, role], assignment, actions }: { label: [who: string, role: string]; assignment: Assignment; actions: AssignmentActions }) {
  const styles = useStyles();
  const buttons = [
    [said.editLabel(who, role), <EditRegular key="edit" />, actions.onEdit],
    [said.removeLabel(who, role), <DeleteRegular key="remove" />, actions.onRemove],
  ] as const;
  return (
    <div className={styles.actions}>
      {buttons.map(([label, icon, act]) => (
        <Button
          key={label}
          size="small"
          appearance="subtle"
          icon={icon}
          aria-label={label}
          title={label}
          onClick={() => {
            act(assignment);
          }}
        />
      ))}
    </div>
  );
}
