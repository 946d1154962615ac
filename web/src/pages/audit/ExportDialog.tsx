import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type NewExport, useCreateExport } from "../../api/auditexports";
import type { LogHead } from "../../api/auditlog";
import type { LogFilter } from "../../api/auditrecords";
import { sinksQuery } from "../../api/sinks";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { ExportForm } from "./ExportForm";
import { ExportReady } from "./ExportReady";

interface Props {
  filter: LogFilter;
  head: LogHead | undefined;
  onClose: () => void;
}

/** Has what the log shows exported. */
export function ExportDialog({ filter, head, onClose }: Props) {
  const org = usePlace().organization.slug;
  const sinks = useQuery(sinksQuery(org));
  const create = useCreateExport(org);
  const [begun, setBegun] = useState<NewExport>();
  const submit = (body: NewExport) => {
    setBegun(body);
    create.mutate(body, {
      onSuccess: ({ content, token, from, to }) => {
        if (content !== undefined && token !== undefined && to > from) window.location.assign(content);
      },
    });
  };
  if (begun && create.data) return <ExportReady made={create.data} toSink={begun.sink !== undefined} slug={org} onClose={onClose} />;
  return (
    <ExportForm
      filter={filter}
      size={head?.size}
      sinks={(sinks.data ?? []).filter(({ sink }) => sink.kind === "storage").map(({ sink }) => sink.name)}
      busy={create.isPending}
      trouble={create.error ? troubleOf(create.error) : undefined}
      onSubmit={submit}
      onCancel={onClose}
    />
  );
}
