import { Badge, Button, Link, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { Decision } from "../../api/decision";
import { explorer as said } from "../../messages/explorer";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { consentAddress } from "../../ui/DirectoryPicker";
import { Facts } from "../../ui/Facts";
import { When } from "../../ui/When";
import type { Fix } from "./fixes";

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalL, minWidth: 0 },
  body: { whiteSpace: "normal" },
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL, display: "grid", gap: tokens.spacingVerticalXS, overflowWrap: "anywhere" },
  fixes: { listStyleType: "none", margin: 0, padding: 0, display: "grid", gap: tokens.spacingVerticalM },
  fix: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: tokens.spacingHorizontalM },
  who: { display: "grid", minWidth: 0 },
  mono: { fontFamily: tokens.fontFamilyMonospace, color: tokens.colorNeutralForeground3, overflowWrap: "anywhere" },
  gap: { marginTop: tokens.spacingVerticalM },
});

const intents = { allowed: "success", conditional: "warning", needs_scope: "error", needs_step_up: "warning", refused: "error", hidden: "error" } as const;
const colors = { member: "success", not_member: "informative", unknown: "warning" } as const;

interface Props {
  decision: Decision;
  name: string; // of the person, where the console knows one and the decision does not; may be empty
  fixes: Fix[] | undefined; // undefined: the role in the console may change nothing
  onFix: (fix: Fix) => void;
}

/** A decision with its reasons, and what an admin can change about it. */
export function DecisionView({ decision, name, fixes, onFix }: Props) {
  const styles = useStyles();
  const [headline, ...reasons] = decision.reasons.map((reason) => (name ? reason.replaceAll(decision.caller.oid, () => name) : reason));
  const remarks = decision.remarks.filter((remark) => !remark.includes("scopes=groups")); // it names an address, which the link leads to
  const unasked = remarks.length < decision.remarks.length;
  return (
    <div className={styles.root}>
      <MessageBar intent={intents[decision.verdict]} layout="multiline" role="status">
        <MessageBarBody className={styles.body}>
          <MessageBarTitle>{said.verdicts[decision.verdict]}</MessageBarTitle> <bdi>{headline}</bdi>
        </MessageBarBody>
      </MessageBar>
      {(decision.remarks.length > 0 || !decision.known) && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody className={styles.body}>
            <MessageBarTitle>{said.unreachable}</MessageBarTitle> {[...(decision.known ? [] : [said.unknownTool]), ...remarks].join(" ")}{" "}
            {unasked && (
              <>
                <Link href={consentAddress()} target="_blank" inline>
                  {said.consent}
                </Link>{" "}
                {said.consentText}
              </>
            )}
          </MessageBarBody>
        </MessageBar>
      )}
      {fixes && fixes.length > 0 && <Fixes fixes={fixes} onFix={onFix} />}
      <Card title={said.why}>
        <ul className={styles.list}>
          {reasons.map((reason) => (
            <li key={reason}>
              <bdi>{reason}</bdi>
            </li>
          ))}
        </ul>
        <div className={styles.gap}>
          <Facts facts={[[said.roles, decision.caller.roles.join(", ") || said.noRoles]]} />
        </div>
      </Card>
      {decision.groups.length > 0 && <Groups groups={decision.groups} />}
    </div>
  );
}

function Fixes({ fixes, onFix }: { fixes: Fix[]; onFix: Props["onFix"] }) {
  const styles = useStyles();
  return (
    <Card title={said.fix}>
      <ul className={styles.fixes} aria-label={said.fix}>
        {fixes.map((fix) => (
          <li key={fix.key} className={styles.fix}>
            <Button
              onClick={() => {
                onFix(fix);
              }}
            >
              <bdi>{fix.text}</bdi>
            </Button>
            <Text>{fix.why}</Text>
          </li>
        ))}
      </ul>
    </Card>
  );
}

type Group = Decision["groups"][number];

function Groups({ groups }: { groups: Group[] }) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const columns: Column<Group>[] = [
    {
      id: "group",
      title: said.group,
      cell: (g) => (
        <div className={styles.who}>
          {g.name && <bdi>{g.name}</bdi>}
          <Text size={200} className={styles.mono}>
            {g.id}
          </Text>
        </div>
      ),
    },
    {
      id: "answer",
      title: said.answer,
      width: "7rem",
      cell: (g) => (
        <Badge appearance="tint" color={colors[g.answer]}>
          {said.answers[g.answer]}
        </Badge>
      ),
    },
    { id: "source", title: said.source, width: "9rem", cell: (g) => said.sources[g.source] },
    { id: "age", title: said.age, width: "9rem", cell: (g) => (g.source === "none" ? said.never : <When at={g.at} now={now} />) },
  ];
  return (
    <Card title={said.membership}>
      <DataTable label={said.membership} columns={columns} rows={groups} keyOf={(g) => g.id} again={() => undefined} empty={null} />
    </Card>
  );
}
