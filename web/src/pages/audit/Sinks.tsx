import { Badge, Button, makeStyles, Spinner, Text, tokens } from "@fluentui/react-components";
import { SendRegular } from "@fluentui/react-icons";
import type { KnownSink } from "../../api/auditlog";
import { evidence as said } from "../../messages/auditevidence";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { instantOf } from "./record";

interface Props {
  sinks: KnownSink[] | undefined;
  again: () => void;
  testing: string | undefined;
  onTest: ((sink: string) => void) | undefined;
}

const useStyles = makeStyles({ cell: { display: "grid", minWidth: 0 }, faint: { color: tokens.colorNeutralForeground3 }, wrong: { color: tokens.colorPaletteRedForeground1 } });
const colors = { waiting: "informative", working: "success", failing: "danger" } as const;

/** Where the log goes, how far it is behind, and what fails. */
export function Sinks({ sinks, again, testing, onTest }: Props) {
  const styles = useStyles();
  const columns: Column<KnownSink>[] = [
    {
      id: "sink",
      title: said.sink,
      cell: ({ sink }) => (
        <div className={styles.cell}>
          <bdi>{sink.name}</bdi>
          <Text size={200} className={styles.faint}>
            {said.kinds[sink.kind]} · <bdi>{sink.url ?? sink.email}</bdi>
          </Text>
        </div>
      ),
    },
    {
      id: "state",
      title: said.state,
      cell: ({ status }) => (
        <div className={styles.cell}>
          <span>
            <Badge appearance="tint" color={colors[status.state]}>
              {said.states[status.state]}
            </Badge>
          </span>
          {status.trouble && <Text className={styles.wrong}>{status.trouble}</Text>}
        </div>
      ),
    },
    { id: "lag", title: said.lag, width: "11rem", cell: ({ status }) => (status.records ? said.behind(status.records.lag) : said.noRecords) },
    { id: "arrived", title: said.arrived, width: "11rem", cell: ({ status }) => status.arrivedAt && instantOf(status.arrivedAt) },
  ];
  if (onTest) {
    columns.push({
      id: "actions",
      title: said.actions,
      width: "7rem",
      cell: ({ sink }) => (
        <Button
          size="small"
          aria-label={said.testLabel(sink.name)}
          disabledFocusable={testing !== undefined}
          icon={testing === sink.name ? <Spinner size="tiny" /> : undefined}
          onClick={() => { onTest(sink.name); }}
        >
          {said.test}
        </Button>
      ),
    });
  }
  return (
    <Card title={said.sinks}>
      <DataTable label={said.sinks} columns={columns} rows={sinks} keyOf={({ sink }) => sink.id} again={again} empty={<EmptyState icon={<SendRegular />} title={said.noSinks} text={said.noSinksText} />} />
    </Card>
  );
}
