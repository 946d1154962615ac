import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { seenAppsQuery } from "../../api/apps";
import { clientsQuery } from "../../api/clients";
import { logHeadQuery } from "../../api/auditlog";
import { type LogRecord, logCountsQuery, recordsQuery } from "../../api/auditrecords";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { AuditorsOnly } from "./AuditorsOnly";
import { AuditView } from "./AuditView";
import { ExportDialog } from "./ExportDialog";
import type { Known } from "./Filters";
import { appOf, idOf, listOf, textOf, whoOf } from "./record";
import { OpenRecord } from "./OpenRecord";
import { type AuditSearch, endOf, filterOf, intervalOf, rangeOf, stretches } from "./search";

/** The log: sign-ins, tool calls and changes. */
export function AuditPage() {
  return (
    <AuditorsOnly>
      <Log />
    </AuditorsOnly>
  );
}

/** How long a log is of which nobody has said it yet. */
const year = 366 * 24 * 3_600_000;

/** What is asked about, as of now. */
function askedAt(search: AuditSearch, now: number) {
  const range = rangeOf(search, now, endOf(search, now) - year);
  return { filter: filterOf(search, range), interval: intervalOf(range) };
}

function Log() {
  const { organization } = usePlace();
  const org = organization.slug;
  const search = useSearch({ from: "/o/$org/audit" });
  const navigate = useNavigate({ from: "/o/$org/audit" });
  const [now, setNow] = useState(() => Date.now());
  const [exporting, setExporting] = useState(false);
  const { filter, interval } = askedAt(search, now);
  const list = useInfiniteQuery(recordsQuery(org, filter));
  const counts = useQuery(logCountsQuery(org, filter, interval));
  const first = Math.min(...(counts.data?.found.keys() ?? []), endOf(search, now));
  const range = rangeOf(search, now, first === endOf(search, now) ? first - year : first);
  const apps = useQuery(seenAppsQuery(org));
  const clients = useQuery(clientsQuery(org));
  const head = useQuery(logHeadQuery(org));
  const records = useMemo(() => list.data?.pages.flatMap((page) => page.items), [list.data]);
  const known = useMemo(() => {
    const seen = (apps.data?.items ?? []).map((app) => ({ value: app.software, text: app.name ?? app.software }));
    const listed = (clients.data ?? []).map(({ id, name }) => ({ value: id, text: name })); // as admins call them
    return { ...met(records ?? []), apps: unique([...collect(records ?? [], (r) => textOf(r.fields, "client")), ...seen, ...listed]) };
  }, [records, apps.data, clients.data]);
  const go = (part: Partial<AuditSearch>, replace = false) => {
    void navigate({ search: (was) => ({ ...was, ...part }), replace });
  };
  const failed = [list, counts].find((query) => query.isError);
  return (
    <>
      <AuditView
        organization={organization.name}
        search={search}
        known={known}
        counts={counts.data}
        starts={stretches(range, interval)}
        interval={interval}
        records={records}
        more={list.hasNextPage}
        busy={list.isFetchingNextPage}
        trouble={failed?.error ? troubleOf(failed.error) : undefined}
        again={() => { void failed?.refetch(); }}
        onMore={() => { void list.fetchNextPage(); }}
        onSearch={go}
        onClear={() => { void navigate({ search: { view: search.view } }); }}
        onRefresh={() => {
          const fresh = Date.now();
          setNow(fresh);
          // Another time is another question, which is asked by itself. A reading is on record: it is asked once.
          if (JSON.stringify(askedAt(search, fresh).filter) !== JSON.stringify(filter)) return;
          void list.refetch();
          void counts.refetch();
        }}
        onExport={() => { setExporting(true); }}
      />
      {search.record && (
        <OpenRecord
          key={search.record}
          id={search.record}
          listed={records?.find((record) => idOf(record) === search.record)}
          appName={(client) => appOf(client, known.apps)}
          waiting={list.isPending}
          onClose={() => { go({ record: undefined }); }}
        />
      )}
      {exporting && <ExportDialog filter={filter} head={head.data} onClose={() => { setExporting(false); }} />}
    </>
  );
}

/** The last that is said of each is what it is called. */
const unique = (all: Known[]): Known[] => [...new Map(all.map((one) => [one.value, one])).values()].sort((a, b) => a.text.localeCompare(b.text));

const collect = (records: LogRecord[], read: (record: LogRecord) => string | undefined): Known[] =>
  records.flatMap((record) => {
    const value = read(record);
    return value === undefined ? [] : [{ value, text: value }];
  });

/** What can be chosen from, because it is in what was found. */
function met(records: LogRecord[]): { people: Known[]; tools: Known[]; roles: Known[] } {
  const people = records.flatMap(({ fields }) => {
    const value = textOf(fields, "actor_oid");
    return value === undefined ? [] : [{ value, text: whoOf(fields) }];
  });
  const roles = records.flatMap(({ fields }) => listOf(fields, "roles").map((role) => ({ value: role, text: role })));
  return { people: unique(people), tools: unique(collect(records, (r) => textOf(r.fields, "tool"))), roles: unique(roles) };
}
