import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, tokens } from "@fluentui/react-components";
import type { Hold, LogHead } from "../../api/auditlog";
import type { Organization } from "../../api/organization";
import type { KnownSink } from "../../api/sinks";
import { evidence as said } from "../../messages/auditevidence";
import { Card } from "../../ui/Card";
import { Code } from "../../ui/Code";
import { CopyField } from "../../ui/CopyField";
import { Facts } from "../../ui/Facts";
import { Failure, type Trouble } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { Holds } from "./Holds";
import { instantOf } from "./record";
import { RetentionCard, type RetentionActs } from "./RetentionCard";
import { type SinkActs, Sinks } from "./Sinks";

interface Acting<A> {
  act: A | undefined; // undefined: the role may not
  unread: Trouble | undefined;
}

interface Props {
  organization: Organization;
  head: LogHead | undefined;
  sinks: KnownSink[] | undefined;
  holds: Hold[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
  sinking: Acting<SinkActs>;
  keeping: Acting<RetentionActs>;
  onPlace: (() => void) | undefined; // undefined: the role may not; so are those below
  onWithdraw: ((hold: Hold) => void) | undefined;
  onRestore: ((hold: Hold) => void) | undefined;
}

const useStyles = makeStyles({
  stack: { display: "grid", gap: tokens.spacingVerticalL },
  part: { display: "grid", gap: tokens.spacingVerticalL, marginTop: tokens.spacingVerticalL },
});

export function EvidenceView({ organization, head, sinks, holds, trouble, again, sinking, keeping, onPlace, onWithdraw, onRestore }: Props) {
  const styles = useStyles();
  const whole = head && sinks && holds; // shown at once: nothing below moves
  return (
    <Page title={said.title} organization={organization.name} text={said.text}>
      {trouble && <Failure trouble={trouble} again={again} />}
      {!trouble && !whole && <Loading />}
      {whole && (
        <div className={styles.stack}>
          <Card title={said.log}>
            <Log head={head} />
            <div className={styles.part}><Left sinks={sinks} /></div>
          </Card>
          <Sinks sinks={sinks} again={again} unread={sinking.unread} act={sinking.act} />
          <RetentionCard log={organization.log} first={head.first} unread={keeping.unread} act={keeping.act} />
          <Holds holds={holds} again={again} onPlace={onPlace} onWithdraw={onWithdraw} onRestore={onRestore} />
        </div>
      )}
    </Page>
  );
}

function Log({ head }: { head: LogHead }) {
  const styles = useStyles();
  const key = head.keys.at(-1);
  return (
    <>
      <Facts
        facts={[
          [said.sealed, said.size(head.size)],
          [said.last, head.sealedAt ? instantOf(head.sealedAt) : said.notSealed],
          [said.waiting, said.size(head.waiting)],
        ]}
      />
      <div className={styles.part}>
        {head.origin && <CopyField label={said.origin} value={head.origin} />}
        {key && <CopyField label={said.key} value={key.key} />}
        {key && <CopyField label={said.fingerprint} value={key.fingerprint} />}
        {head.checkpoint && <Code label={said.checkpoint} text={head.checkpoint} />}
      </div>
    </>
  );
}

/** The last checkpoint that the operator cannot take back. */
function Left({ sinks }: { sinks: KnownSink[] }) {
  const [last] = sinks
    .flatMap(({ sink, status: { checkpoint } }) => (checkpoint ? [{ name: sink.name, checkpoint }] : []))
    .sort((a, b) => b.checkpoint.arrivedAt.localeCompare(a.checkpoint.arrivedAt));
  if (!last) {
    return (
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>{said.never}</MessageBarTitle> {said.neverText}
        </MessageBarBody>
      </MessageBar>
    );
  }
  return (
    <>
      <Facts
        facts={[
          [said.left, said.leftText(said.size(last.checkpoint.size), last.name)],
          [said.arrived, instantOf(last.checkpoint.arrivedAt)],
        ]}
      />
      <Code label={said.left} text={last.checkpoint.note} />
    </>
  );
}
