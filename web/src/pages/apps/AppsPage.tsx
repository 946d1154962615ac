import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { seenAppsPages } from "../../api/apps";
import { type ClientRequest, clientRequestsQuery, clientsQuery, useDismissRequest, useListClient } from "../../api/clients";
import { includes } from "../../api/roles";
import { apps as said } from "../../messages/apps";
import { Asking } from "../../shell/Asking";
import { useGo } from "../../shell/go";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { AppPanel } from "./AppPanel";
import { type Approved, ApproveDialog } from "./ApproveDialog";
import { AppsView } from "./AppsView";
import { rowsOf } from "./rows";

const route = getRouteApi("/o/$org/people/apps");

/** Software that people use here, and what waits for an admin. */
export function AppsPage() {
  const { organization, held } = usePlace();
  const { slug } = organization;
  const { app } = route.useSearch();
  const navigate = route.useNavigate();
  const seen = useInfiniteQuery(seenAppsPages(slug));
  const listed = useQuery(clientsQuery(slug));
  const waiting = useQuery(clientRequestsQuery(slug));
  const approve = useListClient(slug);
  const dismiss = useDismissRequest(slug);
  const [approving, setApproving] = useState<Approved | null>(null);
  const [rejecting, setRejecting] = useState<ClientRequest | null>(null);
  const tell = useTell();
  const go = useGo(slug);
  const error = seen.error ?? listed.error ?? waiting.error;
  const rows = seen.data && listed.data && waiting.data && rowsOf(seen.data.pages.flatMap((page) => page.items), listed.data, waiting.data);
  const open = (id: string | undefined) => {
    void navigate({ search: id === undefined ? {} : { app: id } });
  };
  const stop = () => {
    approve.reset();
    setApproving(null);
  };
  return (
    <>
      <AppsView
        organization={organization.name}
        toRegistered={go("/people/apps/registered")}
        rows={rows}
        waiting={waiting.data}
        more={seen.hasNextPage}
        onMore={() => { void seen.fetchNextPage(); }}
        trouble={error ? troubleOf(error) : undefined}
        again={() => { void Promise.all([seen.refetch(), listed.refetch(), waiting.refetch()]); }}
        onOpen={open}
        act={includes(held, "admin") ? { approve: (r) => { setApproving({ id: r.software, name: r.name, host: r.host }); }, reject: setRejecting } : undefined}
      />
      {app !== undefined && rows && (
        <AppPanel row={rows.find(({ id }) => id === app)} onApprove={(row) => { setApproving({ id: row.id, name: row.name, host: row.host }); }} onClose={() => { open(undefined); }} />
      )}
      {approving && (
        <ApproveDialog
          app={approving}
          busy={approve.isPending}
          trouble={approve.error ? troubleOf(approve.error) : undefined}
          onCancel={stop}
          onSave={(body) => {
            approve.mutate({ id: approving.id, ...body }, { onSuccess: (made) => { stop(); tell(said.approved(made.name), { text: said.approvedText }); } });
          }}
        />
      )}
      {rejecting && (
        <Asking
          title={said.rejectTitle(rejecting.name)}
          action={said.reject}
          texts={said.rejectTexts}
          doing={dismiss}
          input={rejecting.software}
          onDone={() => { tell(said.rejected(rejecting.name)); }}
          onClose={() => { setRejecting(null); }}
        />
      )}
    </>
  );
}
