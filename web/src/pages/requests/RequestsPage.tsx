import { PersonProhibitedRegular } from "@fluentui/react-icons";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { rolesQuery } from "../../api/access";
import { type AccessRequest, isOver, type Reply, requestsQuery, useAnswerRequest } from "../../api/requests";
import { includes } from "../../api/roles";
import { requests as said } from "../../messages/requests";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";
import { useTell } from "../../ui/tell";
import { ApproveDialog } from "./ApproveDialog";
import { DismissDialog } from "./DismissDialog";
import { RequestsView } from "./RequestsView";

/** What people ask admins for, and the answers. */
export function RequestsPage() {
  const { organization, held } = usePlace();
  if (includes(held, "admin")) return <Requests slug={organization.slug} organization={organization.name} />;
  return (
    <Page title={said.title} organization={organization.name}>
      <EmptyState icon={<PersonProhibitedRegular />} title={said.notYours} text={said.notYoursText} />
    </Page>
  );
}

function Requests({ slug, organization }: { slug: string; organization: string }) {
  const list = useInfiniteQuery(requestsQuery(slug));
  const roles = useQuery(rolesQuery(slug));
  const answering = useAnswerRequest(slug);
  const tell = useTell();
  const [asked, setAsked] = useState<{ kind: Reply["kind"]; request: AccessRequest } | null>(null);
  const ask = (kind: Reply["kind"]) => (request: AccessRequest) => {
    answering.reset();
    setAsked({ kind, request });
  };
  const close = () => {
    setAsked(null);
  };
  const send = (reply: Reply, done: string) => {
    answering.mutate(reply, {
      onSuccess: () => {
        close();
        tell(done);
      },
    });
  };
  const state = { busy: answering.isPending, trouble: answering.error ? replyTrouble(answering.error) : undefined, onCancel: close };
  return (
    <>
      <RequestsView
        organization={organization}
        requests={list.data?.pages.flatMap((page) => page.items)}
        more={list.hasNextPage}
        onMore={() => {
          void list.fetchNextPage();
        }}
        trouble={list.error ? troubleOf(list.error) : undefined}
        again={() => {
          void list.refetch();
        }}
        onApprove={ask("approve")}
        onDismiss={ask("dismiss")}
      />
      {asked?.kind === "approve" && (
        <ApproveDialog
          {...state}
          request={asked.request}
          roles={{
            rows: roles.data,
            trouble: roles.error ? troubleOf(roles.error) : undefined,
            again: () => {
              void roles.refetch();
            },
          }}
          onApprove={(given) => {
            send({ kind: "approve", id: asked.request.id, ...given }, said.approved(asked.request.person.name));
          }}
        />
      )}
      {asked?.kind === "dismiss" && (
        <DismissDialog
          {...state}
          request={asked.request}
          onDismiss={(reason) => {
            send({ kind: "dismiss", id: asked.request.id, reason }, said.dismissed(asked.request.person.name));
          }}
        />
      )}
    </>
  );
}

function replyTrouble(error: Error): Trouble {
  return isOver(error) ? { title: said.over, text: said.overText } : troubleOf(error);
}
