import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type ExportJob, type ExportSchedule, exportsQuery, schedulesQuery, useCancelExport, useCancelSchedule, useCreateSchedule } from "../../api/auditexports";
import { sinksQuery } from "../../api/sinks";
import { exports_ as said } from "../../messages/auditexports";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { Confirm } from "../../ui/Confirm";
import { Failure } from "../../ui/Failure";
import { useTell } from "../../ui/tell";
import { AuditorsOnly } from "./AuditorsOnly";
import { ExportsView } from "./ExportsView";
import { ScheduleDialog } from "./ScheduleDialog";

/** Exports to sinks and what asks for them by itself. */
export function ExportsPage() {
  return (
    <AuditorsOnly>
      <Exports />
    </AuditorsOnly>
  );
}

type Asked = { kind: "job"; job: ExportJob } | { kind: "schedule"; schedule: ExportSchedule } | { kind: "add" };

function Exports() {
  const { organization } = usePlace();
  const org = organization.slug;
  const [jobs, schedules, sinks] = [useQuery(exportsQuery(org)), useQuery(schedulesQuery(org)), useQuery(sinksQuery(org))];
  const [cancelJob, cancelSchedule, create] = [useCancelExport(org), useCancelSchedule(org), useCreateSchedule(org)];
  const [asked, setAsked] = useState<Asked>();
  const tell = useTell();
  const ask = (what: Asked) => {
    for (const mutation of [cancelJob, cancelSchedule, create]) mutation.reset();
    setAsked(what);
  };
  const done = (title: string) => {
    setAsked(undefined);
    tell(title);
  };
  const leave = () => { setAsked(undefined); };
  const storage = sinks.data?.filter(({ sink }) => sink.kind === "storage").map(({ sink }) => sink.name);
  return (
    <>
      <ExportsView
        organization={organization}
        jobs={jobs.data}
        jobsTrouble={jobs.error ? troubleOf(jobs.error) : undefined}
        schedules={schedules.data}
        schedulesTrouble={schedules.error ? troubleOf(schedules.error) : undefined}
        storage={storage}
        again={() => {
          void jobs.refetch();
          void schedules.refetch();
        }}
        onCancelJob={(job) => { ask({ kind: "job", job }); }}
        onCancelSchedule={(schedule) => { ask({ kind: "schedule", schedule }); }}
        onAdd={() => { ask({ kind: "add" }); }}
      />
      {asked?.kind === "job" && (
        <Confirm
          title={said.cancelJob(asked.job.sink)}
          action={said.cancel}
          busy={cancelJob.isPending}
          onConfirm={() => { cancelJob.mutate(asked.job.id, { onSuccess: () => { done(said.state.cancelling); } }); }}
          onCancel={leave}
        >
          {said.cancelJobText}
          {cancelJob.error && <Failure trouble={troubleOf(cancelJob.error)} />}
        </Confirm>
      )}
      {asked?.kind === "schedule" && (
        <Confirm
          title={said.cancelSchedule(asked.schedule.name)}
          action={said.cancel}
          busy={cancelSchedule.isPending}
          onConfirm={() => { cancelSchedule.mutate(asked.schedule.name, { onSuccess: () => { done(said.canceled(asked.schedule.name)); } }); }}
          onCancel={leave}
        >
          {said.cancelScheduleText}
          {cancelSchedule.error && <Failure trouble={troubleOf(cancelSchedule.error)} />}
        </Confirm>
      )}
      {asked?.kind === "add" && (
        <ScheduleDialog
          sinks={storage ?? []}
          busy={create.isPending}
          trouble={create.error ? troubleOf(create.error) : undefined}
          onSubmit={(body) => { create.mutate(body, { onSuccess: () => { done(said.added(body.name)); } }); }}
          onCancel={leave}
        />
      )}
    </>
  );
}
