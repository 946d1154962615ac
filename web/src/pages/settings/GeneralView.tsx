import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { EditRegular } from "@fluentui/react-icons";
import type { Move, Settled } from "../../api/state";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import { Card } from "../../ui/Card";
import { Facts } from "../../ui/Facts";
import { Failure, type Trouble } from "../../ui/Failure";

const said = settings.general;

const useStyles = makeStyles({
  mono: { fontFamily: tokens.fontFamilyMonospace },
  row: { display: "flex", flexWrap: "wrap", alignItems: "center", justifyContent: "space-between", gap: tokens.spacingHorizontalL },
  text: { maxWidth: "70ch", color: tokens.colorNeutralForeground2 },
});

interface Props {
  organization: Settled;
  unread: Trouble | undefined;
  onEdit: (() => void) | undefined; // undefined: the role may not
  onMove: ((move: Move) => void) | undefined;
}

const units = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]] as const;

/** A stretch of time in its largest whole unit. */
export function stretch(seconds: number): string {
  const [unit, length] = units.find(([, size]) => seconds % size === 0) ?? units[3];
  return new Intl.NumberFormat("en-US", { style: "unit", unit, unitDisplay: "long" }).format(seconds / length);
}

const full = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeStyle: "short" });
const grace = 30 * 86_400_000;

export function GeneralView({ organization: o, unread, onEdit, onMove }: Props) {
  const styles = useStyles();
  const edit = onEdit && (
    <Button icon={<EditRegular />} onClick={onEdit}>
      {said.edit}
    </Button>
  );
  const facts: [string, React.ReactNode][] = [
    [messages.name, <bdi key="name">{o.name}</bdi>],
    [said.slug, o.slug],
    [said.directory, <span key="tid" className={styles.mono}>{o.tid}</span>],
    [said.id, <span key="id" className={styles.mono}>{o.id}</span>],
    [said.state, said.states[o.state]],
    [said.suspendedBy, o.suspendedBy && said.suspenders[o.suspendedBy]],
    [said.deletedAt, o.deletedAt && full.format(new Date(o.deletedAt))],
    [said.until, o.deletedAt && full.format(Date.parse(o.deletedAt) + grace)],
    [said.origins, o.origins.join(", ") || said.noOrigins],
    [said.accessPackage, o.accessPackageUrl ?? said.noAccessPackage],
    [said.membership, said.membershipText(stretch(o.membership.softSeconds), stretch(o.membership.hardSeconds))],
  ];
  return (
    <>
      <Card title={said.facts} actions={edit}>
        {unread && <Failure trouble={unread} />}
        <Facts facts={facts} />
      </Card>
      {onMove && <Availability organization={o} onMove={onMove} />}
    </>
  );
}

function Availability({ organization: { state, suspendedBy }, onMove }: { organization: Settled; onMove: (move: Move) => void }) {
  const styles = useStyles();
  const button = (move: Move, text: string) => (
    <Button
      onClick={() => {
        onMove(move);
      }}
    >
      {text}
    </Button>
  );
  if (state === "deleted") {
    return (
      <Card title={said.restore}>
        <div className={styles.row}>
          <Text className={styles.text}>{said.restoreTexts[0]}</Text>
          {button("restore", said.restore)}
        </div>
      </Card>
    );
  }
  return (
    <>
      {state === "active" && (
        <Card title={said.availability}>
          <div className={styles.row}>
            <Text className={styles.text}>{said.serves}</Text>
            {button("suspend", said.suspend)}
          </div>
        </Card>
      )}
      {state === "suspended" && (
        <Card title={said.availability}>
          <div className={styles.row}>
            <Text className={styles.text}>{suspendedBy === "operator" ? said.byOperator : said.resumeTexts[0]}</Text>
            {suspendedBy !== "operator" && button("resume", said.resume)}
          </div>
        </Card>
      )}
      <Card title={said.danger}>
        <div className={styles.row}>
          <Text className={styles.text}>{said.dangerText}</Text>
          {button("delete", said.remove)}
        </div>
      </Card>
    </>
  );
}
