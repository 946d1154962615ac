import { Badge, makeStyles, MessageBar, MessageBarBody, Spinner, Text, tokens } from "@fluentui/react-components";
import { type ReactNode, useId } from "react";
import { replayDays, type Replayed, type ComparedAccess } from "../api/whatif";
import { access } from "../messages/access";
import { Failure, type Trouble } from "../ui/Failure";
import { type Difference, differencesOf } from "./differences";

const said = access.whatIf;

/** People, tools and rows that are named; the rest is counted. */
const named = { people: 20, tools: 8, rows: 10 };

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalL },
  part: { display: "grid", gap: tokens.spacingVerticalS, minWidth: 0 },
  title: { margin: 0, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold },
  head: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalS },
  list: { listStyleType: "none", margin: 0, padding: 0, display: "grid", gap: tokens.spacingVerticalXS },
  item: { overflowWrap: "anywhere" },
  faint: { color: tokens.colorNeutralForeground3 },
});

export interface Compared {
  people: ComparedAccess[];
  remarks: string[];
  more: boolean;
}

interface Props {
  compared: Compared | undefined;
  comparedTrouble: Trouble | undefined;
  replayed: Replayed | undefined;
  replayedTrouble: Trouble | undefined;
}

/** What a change would do before it is made: to whom, and to which calls of the past. */
export function WhatIfView({ compared, comparedTrouble, replayed, replayedTrouble }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root} aria-live="polite" aria-busy={!compared && !comparedTrouble}>
      <Part title={said.access} trouble={comparedTrouble} ready={compared !== undefined}>
        {compared && <People compared={compared} />}
      </Part>
      <Part title={said.calls(replayDays)} trouble={replayedTrouble} ready={replayed !== undefined}>
        {replayed && <Calls replayed={replayed} />}
      </Part>
      {(compared?.more === true || replayed?.more === true) && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{said.partial}</MessageBarBody>
        </MessageBar>
      )}
    </div>
  );
}

function Part({ title, trouble, ready, children }: { title: string; trouble: Trouble | undefined; ready: boolean; children: ReactNode }) {
  const styles = useStyles();
  const id = useId();
  return (
    <section className={styles.part} aria-labelledby={id}>
      <h3 id={id} className={styles.title}>
        {title}
      </h3>
      {trouble && <Failure trouble={trouble} />}
      {!trouble && !ready && <Spinner size="tiny" labelPosition="after" label={said.computing} />}
      {children}
    </section>
  );
}

function People({ compared }: { compared: Compared }) {
  const styles = useStyles();
  const { gains, losses, cannotTell } = differencesOf(compared.people);
  if (gains.length + losses.length + cannotTell.length === 0) return <Text>{said.nobody}</Text>;
  return (
    <>
      <Text>{said.counted(gains.length, losses.length, cannotTell.length)}</Text>
      <Kind title={said.losses} color="danger" list={losses} />
      <Kind title={said.gains} color="success" list={gains} />
      <Kind title={said.cannotTell} color="warning" list={cannotTell} />
      {cannotTell.length > 0 && (
        <Text size={200} className={styles.faint}>
          {said.unknownNote}
        </Text>
      )}
      {compared.remarks.map((remark) => (
        <Text key={remark} size={200} className={styles.faint}>
          {remark}
        </Text>
      ))}
    </>
  );
}

function Kind({ title, color, list }: { title: string; color: "danger" | "success" | "warning"; list: Difference[] }) {
  const styles = useStyles();
  const id = useId();
  if (list.length === 0) return null;
  return (
    <div className={styles.part}>
      <div className={styles.head} id={id}>
        <Badge appearance="tint" color={color}>
          {title}
        </Badge>
        <Text weight="semibold">{list.length.toLocaleString("en-US")}</Text>
      </div>
      <ul className={styles.list} aria-labelledby={id}>
        {list.slice(0, named.people).map(({ person, tools }) => (
          <li key={person.person} className={styles.item}>
            <Text weight="semibold">
              <bdi>{person.name || person.person}</bdi>
            </Text>{" "}
            {tools
              .slice(0, named.tools)
              .map(({ tool, conditional }) => (conditional ? said.conditionalNow(tool) : tool))
              .join(", ")}
            {tools.length > named.tools && ` ${said.more(tools.length - named.tools)}`}
          </li>
        ))}
        {list.length > named.people && <li className={styles.faint}>{said.more(list.length - named.people)}</li>}
      </ul>
    </div>
  );
}

function Calls({ replayed }: { replayed: Replayed }) {
  const styles = useStyles();
  return (
    <>
      <Text>{said.replay(replayed.loses, replayed.gains, replayed.cannotTell, replayed.unchanged)}</Text>
      {replayed.already > 0 && (
        <Text size={200} className={styles.faint}>
          {said.already(replayed.already)}
        </Text>
      )}
      <ul className={styles.list}>
        {replayed.rows.slice(0, named.rows).map((row) => (
          <li key={`${row.person} ${row.tool} ${row.change} ${row.rule?.kind ?? ""} ${row.rule?.role ?? ""} ${row.reasons?.join() ?? ""}`} className={styles.item}>
            <Text weight="semibold">
              <bdi>{row.name || row.person}</bdi>
            </Text>{" "}
            {row.tool}: {said.row(row.calls)}. {said.changes[row.change]}
            {row.reasons && `: ${row.reasons.map(whyOf).join("; ")}`}.
          </li>
        ))}
        {replayed.rows.length > named.rows && <li className={styles.faint}>{said.more(replayed.rows.length - named.rows)}</li>}
      </ul>
    </>
  );
}

function whyOf(reason: string): string {
  return Object.entries(said.why).find(([key]) => key === reason)?.[1] ?? reason;
}
