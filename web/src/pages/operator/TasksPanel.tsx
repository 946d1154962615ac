import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { CheckmarkCircleRegular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type ArchivedTask, tasksQuery, useDeleteTask, useRunTask } from "../../api/operator";
import { operator } from "../../messages/operator";
import { troubleOf } from "../../trouble";
import { Confirm } from "../../ui/Confirm";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Failure } from "../../ui/Failure";
import { Panel } from "../../ui/Panel";
import { useTell } from "../../ui/tell";
import { When } from "../../ui/When";

const said = operator.queues;

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalL },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
});

/** The archived tasks of a queue: each can be tried again, or forgotten. */
export function TasksPanel({ queue, onClose }: { queue: string; onClose: () => void }) {
  const styles = useStyles();
  const list = useQuery(tasksQuery(queue));
  const run = useRunTask(queue);
  const remove = useDeleteTask(queue);
  const tell = useTell();
  const [now] = useState(() => Date.now());
  const [asked, setAsked] = useState<ArchivedTask | null>(null);
  const buttons = (t: ArchivedTask) => (
    <span className={styles.actions}>
      <Button
        size="small"
        aria-label={said.runLabel(t.kind)}
        onClick={() => {
          run.mutate(t.id, {
            onSuccess: () => {
              tell(said.ran(t.kind));
            },
          });
        }}
      >
        {said.run}
      </Button>
      <Button
        size="small"
        aria-label={said.removeLabel(t.kind)}
        onClick={() => {
          remove.reset();
          setAsked(t);
        }}
      >
        {said.remove}
      </Button>
    </span>
  );
  const columns: Column<ArchivedTask>[] = [
    { id: "kind", title: said.kind, width: "11rem", cell: (t) => <bdi>{t.kind}</bdi> },
    { id: "error", title: said.error, cell: (t) => <bdi>{t.error === "" ? said.noError : t.error}</bdi> },
    { id: "failed", title: said.failed, width: "8rem", cell: (t) => t.failedAt && <When at={t.failedAt} now={now} /> },
    { id: "actions", title: operator.actions, width: "12rem", cell: buttons },
  ];
  return (
    <Panel title={said.tasksTitle(queue)} wide onClose={onClose}>
      <div className={styles.root}>
        <Text>{said.tasksText}</Text>
        {run.error && <Failure trouble={troubleOf(run.error)} />}
        <DataTable
          label={said.tasksTitle(queue)}
          columns={columns}
          rows={list.data?.items}
          keyOf={(t) => t.id}
          trouble={list.error ? troubleOf(list.error) : undefined}
          again={() => {
            void list.refetch();
          }}
          empty={<EmptyState icon={<CheckmarkCircleRegular />} title={said.tasksEmpty} text={said.tasksEmptyText} />}
        />
      </div>
      {asked && (
        <Confirm
          title={said.removeQuestion(asked.kind)}
          action={said.remove}
          busy={remove.isPending}
          onConfirm={() => {
            remove.mutate(asked.id, {
              onSuccess: () => {
                setAsked(null);
                tell(said.removed(asked.kind));
              },
            });
          }}
          onCancel={() => {
            setAsked(null);
          }}
        >
          <Text>{said.removeText}</Text>
          {remove.error && <Failure trouble={troubleOf(remove.error)} />}
        </Confirm>
      )}
    </Panel>
  );
}
