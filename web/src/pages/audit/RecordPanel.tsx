import { Link, makeStyles, MessageBar, MessageBarBody, Subtitle2, Text, tokens } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons";
import type { ReactNode } from "react";
import { type LogRecord, receiptAddress } from "../../api/auditrecords";
import { audit as said } from "../../messages/audit";
import { effects } from "../../messages/auditkinds";
import { Code } from "../../ui/Code";
import { CopyButton } from "../../ui/CopyField";
import { Facts } from "../../ui/Facts";
import { Failure, type Trouble } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { Panel } from "../../ui/Panel";
import { Bodies, type BodyReader } from "./Bodies";
import { Outcome } from "./Outcome";
import { aboutOf, kindOf, pretty, shownValue, textOf, timeOf, whoOf, why } from "./record";

interface Props {
  org: string;
  record: LogRecord | undefined;
  appName: (client: string) => string;
  trouble: Trouble | undefined;
  bodies: BodyReader;
  again: () => void;
  onClose: () => void;
}

const useStyles = makeStyles({
  stack: { display: "grid", gap: tokens.spacingVerticalXL, paddingBottom: tokens.spacingVerticalXL },
  title: { margin: `0 0 ${tokens.spacingVerticalS}` },
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL, display: "grid", gap: tokens.spacingVerticalXS },
  faint: { display: "block", color: tokens.colorNeutralForeground2, marginBottom: tokens.spacingVerticalS },
  id: { display: "flex", justifyContent: "space-between", alignItems: "center", gap: tokens.spacingHorizontalS },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  link: { display: "inline-flex", alignItems: "center", gap: tokens.spacingHorizontalXS },
  codes: { display: "grid", gap: tokens.spacingVerticalM },
});

const correlations = Object.entries(said.ids);

/** Everything that one record says. */
export function RecordPanel({ org, record, appName, trouble, bodies, again, onClose }: Props) {
  return (
    <Panel title={record ? <bdi>{aboutOf(record.fields) ?? kindOf(record.fields)}</bdi> : said.record} wide onClose={onClose}>
      {trouble && <Failure trouble={trouble} again={again} />}
      {!trouble && !record && <Loading />}
      {record && <Told org={org} record={record} appName={appName} bodies={bodies} />}
    </Panel>
  );
}

function Told({ org, record, appName, bodies }: { org: string; record: LogRecord; appName: (client: string) => string; bodies: BodyReader }) {
  const styles = useStyles();
  const { fields, seq, leaf, erased = [], trouble } = record;
  const id = textOf(fields, "id");
  const outcome = <Outcome outcome={textOf(fields, "outcome")} intent={textOf(fields, "phase") === "intent"} />;
  const effect = textOf(fields, "effect");
  const client = textOf(fields, "client");
  return (
    <div className={styles.stack}>
      {trouble && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>{said.trouble[trouble]}</MessageBarBody>
        </MessageBar>
      )}
      <Facts
        facts={[
          [said.what, kindOf(fields)],
          [said.how, outcome],
          [said.time, timeOf(fields)],
          [said.person, <bdi key="who">{whoOf(fields)}</bdi>],
          [said.app, client && <bdi>{appName(client)}</bdi>],
          [said.effect, effect && (effects[effect] ?? effect)],
          [said.record, said.number(seq)],
        ]}
      />
      <Part title={said.why}>
        <ul className={styles.list}>
          {why(fields).map((sentence) => (
            <li key={sentence}>
              <bdi>{sentence}</bdi>
            </li>
          ))}
          {erased.length > 0 && <li>{said.erased(erased.join(", "))}</li>}
        </ul>
      </Part>
      <Changes fields={fields} />
      <Part title={said.correlation}>
        <Text className={styles.faint}>{said.correlationText}</Text>
        <Facts
          facts={correlations.map(([name, term]) => {
            const value = textOf(fields, name);
            return [term, value && <Id key={name} value={value} />] as const;
          })}
        />
      </Part>
      {id && (
        <Part title={said.receipt}>
          <Text className={styles.faint}>{said.receiptText}</Text>
          <Link href={receiptAddress(org, id)} download className={styles.link}>
            <ArrowDownloadRegular aria-hidden /> {said.download}
          </Link>
        </Part>
      )}
      {(textOf(fields, "arguments_body") ?? textOf(fields, "result_body")) !== undefined && (
        <Part title={said.bodies}>
          <Bodies reader={bodies} />
        </Part>
      )}
      <Part title={said.all}>
        <Facts
          facts={[
            ...Object.keys(fields)
              .sort()
              .map((name) => [name, <Value key={name} text={shownValue(fields[name])} />] as const),
            [said.leaf, <Value key="leaf" text={leaf} />],
          ]}
        />
      </Part>
    </div>
  );
}

function Changes({ fields }: { fields: LogRecord["fields"] }) {
  const styles = useStyles();
  const [before, after] = [textOf(fields, "before"), textOf(fields, "after")];
  if (!before && !after) return null;
  return (
    <div className={styles.codes}>
      {before && <Code label={said.before} text={pretty(before)} />}
      {after && <Code label={said.after} text={pretty(after)} />}
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <section aria-label={title}>
      <Subtitle2 as="h3" block className={styles.title}>
        {title}
      </Subtitle2>
      {children}
    </section>
  );
}

function Value({ text }: { text: string }) {
  return <bdi className={useStyles().mono}>{text}</bdi>;
}

function Id({ value }: { value: string }) {
  const styles = useStyles();
  return (
    <span className={styles.id}>
      <Value text={value} />
      <CopyButton value={value} size="small" />
    </span>
  );
}
