import { useQuery } from "@tanstack/react-query";
import { type LogRecord, mayReadBodiesQuery, recordQuery, useReadBodies } from "../../api/auditrecords";
import { sessionQuery } from "../../api/session";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { RecordPanel } from "./RecordPanel";

interface Props {
  id: string;
  listed: LogRecord | undefined;
  appName: (client: string) => string;
  waiting: boolean; // for the list that may have it
  onClose: () => void;
}

/** One record: as the list has it, or asked for by its id. */
export function OpenRecord({ id, listed, appName, waiting, onClose }: Props) {
  const org = usePlace().organization.slug;
  const session = useQuery(sessionQuery);
  const record = useQuery({ ...recordQuery(org, id), enabled: !listed && !waiting });
  const may = useQuery({ ...mayReadBodiesQuery(org, session.data?.oid ?? ""), enabled: session.isSuccess });
  const read = useReadBodies(org, id);
  return (
    <RecordPanel
      org={org}
      record={listed ?? record.data}
      appName={appName}
      trouble={record.error ? troubleOf(record.error) : undefined}
      again={() => { void record.refetch(); }}
      bodies={{
        may: may.data ?? false,
        busy: read.isPending,
        trouble: read.error ? troubleOf(read.error) : undefined,
        read: read.data,
        onRead: (reason) => { read.mutate(reason); },
      }}
      onClose={onClose}
    />
  );
}
