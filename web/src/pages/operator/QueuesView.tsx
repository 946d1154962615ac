import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { ArrowClockwiseRegular, TaskListSquareLtrRegular } from "@fluentui/react-icons";
import type { Queue } from "../../api/operator";
import { operator } from "../../messages/operator";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";

const said = operator.queues;

interface Props {
  queues: Queue[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
  onOpen: (queue: string) => void;
}

const useStyles = makeStyles({
  name: { display: "grid" },
  faint: { color: tokens.colorNeutralForeground3 },
});

export function QueuesView({ queues, trouble, again, onOpen }: Props) {
  const styles = useStyles();
  const columns: Column<Queue>[] = [
    {
      id: "name",
      title: said.queue,
      cell: (q) => (
        <span className={styles.name}>
          <Text weight="semibold">
            <bdi>{q.name}</bdi>
          </Text>
          <Text size={200} className={styles.faint}>
            {said.names[q.name]}
          </Text>
        </span>
      ),
    },
    { id: "pending", title: said.pending, width: "5.5rem", cell: (q) => q.pending.toLocaleString("en-US") },
    { id: "active", title: said.active, width: "5rem", cell: (q) => q.active.toLocaleString("en-US") },
    { id: "scheduled", title: said.scheduled, width: "6.5rem", cell: (q) => q.scheduled.toLocaleString("en-US") },
    { id: "retry", title: said.retry, width: "4.5rem", cell: (q) => q.retry.toLocaleString("en-US") },
    { id: "oldest", title: said.oldest, width: "7.5rem", cell: (q) => said.seconds(q.oldestSeconds) },
    { id: "today", title: said.today, width: "11rem", cell: (q) => said.todayOf(q.doneToday, q.failedToday) },
    {
      id: "archived",
      title: said.archived,
      width: "7rem",
      cell: (q) => (
        <Button
          size="small"
          aria-label={said.show(q.archived, q.name)}
          onClick={() => {
            onOpen(q.name);
          }}
        >
          {q.archived.toLocaleString("en-US")}
        </Button>
      ),
    },
  ];
  const refresh = (
    <Button icon={<ArrowClockwiseRegular />} onClick={again}>
      {said.refresh}
    </Button>
  );
  return (
    <Page title={said.title} organization={operator.area} text={said.text} actions={refresh}>
      <Card>
        <DataTable
          label={said.title}
          columns={columns}
          rows={queues}
          keyOf={(q) => q.name}
          trouble={trouble}
          again={again}
          empty={<EmptyState icon={<TaskListSquareLtrRegular />} title={said.empty} text={said.emptyText} />}
        />
      </Card>
    </Page>
  );
}
