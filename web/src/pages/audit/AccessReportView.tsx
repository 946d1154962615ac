import { Badge, Button, Field, Input, makeStyles, Spinner, Text, tokens } from "@fluentui/react-components";
import { ArrowDownloadRegular, PeopleSearchRegular } from "@fluentui/react-icons";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { AccessQuestion, AccessReport, HandedOut } from "../../api/accessreport";
import type { Organization } from "../../api/organization";
import { access as said } from "../../messages/auditaccess";
import { messages } from "../../messages/common";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Facts } from "../../ui/Facts";
import { Failure, type Trouble } from "../../ui/Failure";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { instantOf } from "./record";
import { save, tableOf } from "./save";

interface Props {
  organization: Organization;
  made: HandedOut | undefined;
  busy: boolean;
  trouble: Trouble | undefined;
  onMake: (question: AccessQuestion) => void;
}

const useStyles = makeStyles({
  stack: { display: "grid", gap: tokens.spacingVerticalL },
  form: { display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(min(15rem, 100%), 1fr))", gap: tokens.spacingHorizontalL, alignItems: "start" },
  go: { gridColumn: "1 / -1", justifySelf: "start" },
  cell: { display: "grid", minWidth: 0 },
  faint: { color: tokens.colorNeutralForeground3 },
  mono: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
  buttons: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
  link: { color: tokens.colorBrandForegroundLink },
  list: { margin: `${tokens.spacingVerticalL} 0`, paddingLeft: tokens.spacingHorizontalXL },
});

const colors = { allowed: "success", conditional: "warning", unknown: "informative" } as const;

/** One line of the report: a person, a tool, and what gave it. */
export interface Line {
  id: string;
  person: AccessReport["people"][number];
  tool: AccessReport["people"][number]["tools"][number];
}

export function linesOf(report: AccessReport): Line[] {
  return report.people.flatMap((person) => person.tools.map((tool) => ({ id: `${person.person} ${tool.tool}`, person, tool })));
}

const pageful = 100;

export function AccessReportView({ organization, made, busy, trouble, onMake }: Props) {
  const styles = useStyles();
  const [at, setAt] = useState("");
  const [tool, setTool] = useState("");
  const [client, setClient] = useState("");
  const submit = () => {
    onMake({ ...(at ? { at: `${at}:00Z` } : {}), ...(tool.trim() ? { tool: tool.trim() } : {}), ...(client.trim() ? { client: client.trim() } : {}) });
  };
  return (
    <Page title={said.title} organization={organization.name} text={said.text}>
      <div className={styles.stack}>
        <Card>
          <form
            className={styles.form}
            onSubmit={(event) => {
              event.preventDefault();
              if (!busy) submit();
            }}
          >
            <Field label={said.at} hint={said.atHint}>
              <Input type="datetime-local" value={at} onChange={(_, to) => { setAt(to.value); }} />
            </Field>
            <Field label={said.tool} hint={said.toolHint}>
              <Input value={tool} maxLength={200} onChange={(_, to) => { setTool(to.value); }} />
            </Field>
            <Field label={said.app} hint={said.appHint}>
              <Input value={client} maxLength={500} onChange={(_, to) => { setClient(to.value); }} />
            </Field>
            <Button type="submit" appearance="primary" className={styles.go} disabledFocusable={busy} icon={busy ? <Spinner size="tiny" /> : undefined}>
              {said.make}
            </Button>
          </form>
          {trouble && <Failure trouble={trouble} again={submit} />}
        </Card>
        {made ? (
          <Made key={made.id} made={made} slug={organization.slug} />
        ) : (
          <Card>
            <EmptyState icon={<PeopleSearchRegular />} title={said.first} text={said.firstText} />
          </Card>
        )}
      </div>
    </Page>
  );
}

function Made({ made: { at, sha256, text, report, id }, slug }: { made: HandedOut; slug: string }) {
  const styles = useStyles();
  const [shown, setShown] = useState(pageful);
  const lines = linesOf(report);
  const { configuration } = report;
  const name = `${slug}-access-${at.slice(0, 10)}`;
  const actions = (
    <div className={styles.buttons}>
      <Button icon={<ArrowDownloadRegular />} onClick={() => { save(`${name}.json`, "application/json", text); }}>
        {said.download}
      </Button>
      <Button icon={<ArrowDownloadRegular />} onClick={() => { save(`${name}.csv`, "text/csv", tableOf(at, lines)); }}>
        {said.table}
      </Button>
    </div>
  );
  const columns: Column<Line>[] = [
    { id: "person", title: said.person, cell: ({ person }) => <Two first={person.name || messages.nobody} second={person.person} /> },
    { id: "tool", title: said.tools, cell: ({ tool }) => <bdi className={styles.mono}>{tool.tool}</bdi> },
    { id: "verdict", title: said.verdict, width: "9rem", cell: ({ tool }) => <Badge appearance="tint" color={colors[tool.verdict]}>{said.verdicts[tool.verdict]}</Badge> },
    { id: "by", title: said.by, cell: ({ tool }) => <>{tool.rules.map((rule) => <Two key={rule.assignment} first={said.role(rule.role)} second={rule.subjectName ?? rule.subject ?? rule.subjectKind} />)}</> },
  ];
  return (
    <Card title={said.asOf(instantOf(at))} actions={actions}>
      <Facts
        facts={[
          [said.configuration, said.version(configuration.version, instantOf(configuration.since))],
          [said.hash, <span key="hash" className={styles.mono}>{sha256}</span>],
          [said.record, <Link key="record" className={styles.link} to="/o/$org/audit" params={{ org: slug }} search={{ view: "changes", span: "hour", text: id }}>{id}</Link>],
        ]}
      />
      {report.remarks.length > 0 && (
        <ul className={styles.list} aria-label={said.remarks}>
          {report.remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      )}
      <DataTable
        label={said.title}
        columns={columns}
        rows={lines.slice(0, shown)}
        keyOf={(line) => line.id}
        again={() => undefined}
        empty={<EmptyState icon={<PeopleSearchRegular />} title={said.empty} text={said.emptyText} />}
      />
      <More shown={said.shown(report.people.length, lines.length)} more={shown < lines.length} onMore={() => { setShown(shown + pageful); }} />
    </Card>
  );
}

function Two({ first, second }: { first: string; second: string }) {
  const styles = useStyles();
  return (
    <div className={styles.cell}>
      <bdi>{first}</bdi>
      <Text size={200} className={styles.faint}>
        <bdi>{second}</bdi>
      </Text>
    </div>
  );
}
