import { PersonProhibitedRegular } from "@fluentui/react-icons";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { rolesQuery } from "../../api/access";
import { type AccessRequest, NoLongerWaits, NotAnswered, type Reply, requestsQuery, useAnswerRequest } from "../../api/requests";
import { includes } from "../../api/roles";
import { requests as said } from "../../messages/requests";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";
import { useTell } from "../../ui/tell";
import { ReplyDialog } from "./ReplyDialog";
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
  const [assigned, setAssigned] = useState(false);
  const [asked, setAsked] = useState<{ kind: Reply["kind"]; request: AccessRequest } | null>(null);
  const ask = (kind: Reply["kind"]) => (request: AccessRequest) => {
    answering.reset();
    setAssigned(false);
    setAsked({ kind, request });
  };
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
      {asked && (
        <ReplyDialog
          {...asked}
          roles={{
            rows: roles.data,
            trouble: roles.error ? troubleOf(roles.error) : undefined,
            again: () => {
              void roles.refetch();
            },
          }}
          assigned={assigned}
          busy={answering.isPending}
          trouble={answering.error ? replyTrouble(answering.error) : undefined}
          onReply={(reply) => {
            answering.mutate(reply, {
              onSuccess: () => {
                setAsked(null);
                tell(reply.kind === "approve" ? said.approved(reply.person.name) : said.dismissed(reply.person.name));
              },
              onError: (error) => {
                if (error instanceof NotAnswered) setAssigned(true);
              },
            });
          }}
          onCancel={() => {
            setAsked(null);
          }}
        />
      )}
    </>
  );
}

function replyTrouble(error: Error): Trouble {
  if (error instanceof NoLongerWaits) return { title: said.over, text: error.assigned ? said.overAssigned : said.overText };
  if (!(error instanceof NotAnswered)) return troubleOf(error);
  const why = troubleOf(error.cause);
  return { ...why, title: said.half, text: said.halfText(why.text) };
}
