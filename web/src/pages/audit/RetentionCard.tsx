import { Button, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, tokens } from "@fluentui/react-components";
import { EditRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { LogHead } from "../../api/auditlog";
import type { Organization } from "../../api/organization";
import { retention as said } from "../../messages/retention";
import { Card } from "../../ui/Card";
import { Facts } from "../../ui/Facts";
import { Failure, type Trouble } from "../../ui/Failure";
import { dateOf, daysWaiting, monthsWaiting, oldestMonth } from "./retention";

export type Taken = "months" | "days";

/** What may be done about the retention. */
export interface RetentionActs {
  edit: () => void;
  takeBack: (what: Taken) => void;
}

interface Props {
  log: Organization["log"];
  first: LogHead["first"];
  unread: Trouble | undefined;
  act: RetentionActs | undefined; // undefined: the role may not
}

const useStyles = makeStyles({ stack: { display: "grid", gap: tokens.spacingVerticalL }, bar: { whiteSpace: "normal" } });

/** How long the log is kept, and what shorter time waits. */
export function RetentionCard({ log, first, unread, act }: Props) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const [months, days] = [monthsWaiting(log, now), daysWaiting(log, now)];
  const edit = act && (
    <Button icon={<EditRegular />} onClick={act.edit}>
      {said.edit}
    </Button>
  );
  return (
    <Card title={said.title} actions={edit}>
      <div className={styles.stack}>
        {unread && <Failure trouble={unread} />}
        {months && (
          <Waits
            title={said.waits}
            text={said.waitsText(dateOf(months.from), months.shorter, dateOf(oldestMonth(months.shorter, months.from)), months.longer)}
            action={said.keep(months.longer)}
            onAct={act && (() => { act.takeBack("months"); })}
          />
        )}
        {days && (
          <Waits title={said.bodiesWait} text={said.bodiesWaitText(dateOf(days.from), days.shorter, days.longer)} action={said.keepDays(days.longer)} onAct={act && (() => { act.takeBack("days"); })} />
        )}
        <Facts
          facts={[
            [said.kept, said.months(months?.longer ?? log.retentionMonths)],
            [said.bodies, said.days(days?.longer ?? log.bodyDays)],
            [said.first, first.toLocaleString("en-US")],
          ]}
        />
      </div>
    </Card>
  );
}

function Waits({ title, text, action, onAct }: { title: string; text: string; action: string; onAct: (() => void) | undefined }) {
  const styles = useStyles();
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody className={styles.bar}>
        <MessageBarTitle>{title}</MessageBarTitle> {text}
      </MessageBarBody>
      {onAct && (
        <MessageBarActions>
          <Button onClick={onAct}>{action}</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}
