import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { LockClosedRegular } from "@fluentui/react-icons";
import type { Hold } from "../../api/auditlog";
import { evidence as said } from "../../messages/auditevidence";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { instantOf } from "./record";

interface Props {
  holds: Hold[] | undefined;
  again: () => void;
  onPlace: (() => void) | undefined;
  onWithdraw: ((hold: Hold) => void) | undefined;
  onRestore: ((hold: Hold) => void) | undefined;
}

const useStyles = makeStyles({ cell: { display: "grid", minWidth: 0 }, faint: { color: tokens.colorNeutralForeground3 }, text: { display: "block", color: tokens.colorNeutralForeground2 } });

/** What keeps the log from being removed when its time is over. */
export function Holds({ holds, again, onPlace, onWithdraw, onRestore }: Props) {
  const styles = useStyles();
  const columns: Column<Hold>[] = [
    {
      id: "reason",
      title: said.reason,
      cell: ({ reason, endsAt }) => (
        <div className={styles.cell}>
          <bdi>{reason}</bdi>
          {endsAt && (
            <Text size={200} className={styles.faint}>
              {said.ends(instantOf(endsAt))}
            </Text>
          )}
        </div>
      ),
    },
    { id: "about", title: said.about, width: "14rem", cell: ({ from, until }) => said.range(from, until) },
    { id: "since", title: said.since, width: "12rem", cell: ({ setAt }) => instantOf(setAt) },
  ];
  if (onWithdraw && onRestore) {
    columns.push({
      id: "actions",
      title: said.actions,
      width: "7rem",
      cell: (hold) =>
        hold.endsAt ? (
          <Button size="small" aria-label={said.restoreLabel(hold.reason)} onClick={() => { onRestore(hold); }}>
            {said.restore}
          </Button>
        ) : (
          <Button size="small" aria-label={said.withdrawLabel(hold.reason)} onClick={() => { onWithdraw(hold); }}>
            {said.withdraw}
          </Button>
        ),
    });
  }
  return (
    <Card title={said.holds} actions={onPlace && <Button onClick={onPlace}>{said.place}</Button>}>
      <Text className={styles.text}>{said.holdsText}</Text>
      <DataTable label={said.holds} columns={columns} rows={holds} keyOf={(hold) => hold.id} again={again} empty={<EmptyState icon={<LockClosedRegular />} title={said.noHolds} text={said.noHoldsText} />} />
    </Card>
  );
}
