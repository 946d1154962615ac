import { Badge, Button, makeStyles, ProgressBar, Text, tokens } from "@fluentui/react-components";
import { ArrowDownloadRegular, CalendarClockRegular } from "@fluentui/react-icons";
import { Link } from "@tanstack/react-router";
import type { ExportJob, ExportSchedule } from "../../api/auditexports";
import type { Organization } from "../../api/organization";
import { exports_ as said } from "../../messages/auditexports";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";
import { instantOf } from "./record";

interface Props {
  organization: Organization;
  jobs: ExportJob[] | undefined;
  jobsTrouble: Trouble | undefined;
  schedules: ExportSchedule[] | undefined;
  schedulesTrouble: Trouble | undefined;
  storage: string[] | undefined; // sinks of kind storage
  again: () => void;
  onCancelJob: (job: ExportJob) => void;
  onCancelSchedule: (schedule: ExportSchedule) => void;
  onAdd: () => void;
}

const useStyles = makeStyles({
  stack: { display: "grid", gap: tokens.spacingVerticalL },
  cell: { display: "grid", gap: tokens.spacingVerticalXXS, minWidth: 0 },
  faint: { color: tokens.colorNeutralForeground3 },
  link: { color: tokens.colorBrandForegroundLink },
  wrong: { color: tokens.colorPaletteRedForeground1 },
  mono: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
});

const colors = { running: "informative", cancelling: "informative", done: "success", failed: "danger", cancelled: "subtle" } as const;

export function ExportsView({ organization, jobs, jobsTrouble, schedules, schedulesTrouble, storage, again, onCancelJob, onCancelSchedule, onAdd }: Props) {
  const styles = useStyles();
  const toLog = (
    <Link className={styles.link} to="/o/$org/audit" params={{ org: organization.slug }}>
      {said.toLog}
    </Link>
  );
  const add = storage && storage.length > 0 && (
    <Button icon={<CalendarClockRegular />} onClick={onAdd}>
      {said.add}
    </Button>
  );
  return (
    <Page title={said.title} organization={organization.name} text={said.text}>
      <div className={styles.stack}>
        <Card title={said.jobs}>
          <DataTable
            label={said.jobs}
            columns={jobColumns(onCancelJob)}
            rows={jobs}
            keyOf={(job) => job.id}
            trouble={jobsTrouble}
            again={again}
            empty={<EmptyState icon={<ArrowDownloadRegular />} title={said.noJobs} text={said.noJobsText} action={toLog} />}
          />
        </Card>
        <Card title={said.schedules} actions={add}>
          <DataTable
            label={said.schedules}
            columns={scheduleColumns(onCancelSchedule)}
            rows={schedules}
            keyOf={(schedule) => schedule.name}
            trouble={schedulesTrouble}
            again={again}
            empty={<EmptyState icon={<CalendarClockRegular />} title={said.noSchedules} text={storage?.length === 0 ? `${said.noSchedulesText} ${said.noStorage}` : said.noSchedulesText} />}
          />
        </Card>
      </div>
    </Page>
  );
}

function jobColumns(onCancel: (job: ExportJob) => void): Column<ExportJob>[] {
  return [
    { id: "what", title: said.what, cell: ({ format, sink }) => <Two first={said.formats[format]} second={said.sink(sink)} /> },
    { id: "progress", title: said.progress, width: "14rem", cell: (job) => <Progress job={job} /> },
    { id: "asked", title: said.asked, width: "11rem", cell: ({ askedAt }) => instantOf(askedAt) },
    { id: "result", title: said.result, cell: (job) => <Result job={job} /> },
    {
      id: "actions",
      title: said.actions,
      width: "6rem",
      cell: (job) =>
        job.state === "running" && (
          <Button size="small" aria-label={said.cancelJobLabel(job.sink)} onClick={() => { onCancel(job); }}>
            {said.cancel}
          </Button>
        ),
    },
  ];
}

function scheduleColumns(onCancel: (schedule: ExportSchedule) => void): Column<ExportSchedule>[] {
  return [
    { id: "name", title: said.name, cell: ({ name, madeBy }) => <Two first={name} second={said.madeBy(madeBy)} /> },
    { id: "every", title: said.every, width: "11rem", cell: ({ every }) => said.periods[every] },
    { id: "what", title: said.what, cell: ({ format, sink }) => <Two first={said.formats[format]} second={said.sink(sink)} /> },
    { id: "next", title: said.next, width: "12rem", cell: ({ nextAt, trouble }) => <Two first={instantOf(nextAt)} second={trouble?.what} wrong /> },
    {
      id: "actions",
      title: said.actions,
      width: "6rem",
      cell: (schedule) => (
        <Button size="small" aria-label={said.cancelScheduleLabel(schedule.name)} onClick={() => { onCancel(schedule); }}>
          {said.cancel}
        </Button>
      ),
    },
  ];
}

function Two({ first, second, wrong = false }: { first: string; second: string | undefined; wrong?: boolean }) {
  const styles = useStyles();
  return (
    <div className={styles.cell}>
      <bdi>{first}</bdi>
      {second && (
        <Text size={200} className={wrong ? styles.wrong : styles.faint}>
          <bdi>{second}</bdi>
        </Text>
      )}
    </div>
  );
}

function Progress({ job: { state, progress } }: { job: ExportJob }) {
  const styles = useStyles();
  const under = state === "running" || state === "cancelling";
  return (
    <div className={styles.cell}>
      <span>
        <Badge appearance="tint" color={colors[state]}>
          {said.state[state]}
        </Badge>
      </span>
      {under && <ProgressBar value={progress.percent / 100} aria-label={said.percent(progress.percent)} />}
      <Text size={200} className={styles.faint}>
        {under ? `${said.percent(progress.percent)}, ` : ""}
        {said.records(progress.records)}, {said.size(progress.bytes)}
      </Text>
    </div>
  );
}

function Result({ job: { object, trouble } }: { job: ExportJob }) {
  const styles = useStyles();
  return (
    <div className={styles.cell}>
      {object && <bdi className={styles.mono}>{object.name}</bdi>}
      {object && (
        <Text size={100} className={styles.mono}>
          {object.sha256}
        </Text>
      )}
      {trouble && <Text className={styles.wrong}>{trouble.what}</Text>}
    </div>
  );
}
