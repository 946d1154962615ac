import { Button } from "@fluentui/react-components";
import { PersonProhibitedRegular } from "@fluentui/react-icons";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type Ending, ownConnectionsQuery, ownSourcesQuery, ownToolsQuery, useAccessCheck, useEndOwn } from "../../api/me";
import { ownRequestQuery, useAskAccess, useWithdrawRequest } from "../../api/requests";
import { sessionQuery } from "../../api/session";
import { me as said } from "../../messages/me";
import { requests } from "../../messages/requests";
import { troubleOf } from "../../trouble";
import { EmptyState } from "../../ui/EmptyState";
import { Page } from "../../ui/Page";
import { useTell } from "../../ui/tell";
import { EndDialog } from "./EndDialog";
import { type List, MeView } from "./MeView";
import type { Asking } from "./RequestCard";

/** What whoever has signed in may do in the organization of their directory. */
export function MePage() {
  const { org } = useParams({ from: "/o/$org/me" });
  const own = useQuery(sessionQuery).data?.organization;
  if (!own) return null;
  if (own.slug === org) return <Own slug={org} organization={own.name} />;
  const action = (
    <Button as="a" appearance="primary" href={`/auth/sign-in?tenant=${org}&return=/o/${org}/me`}>
      {said.signIn}
    </Button>
  );
  return (
    <Page title={said.title} organization={org}>
      <EmptyState icon={<PersonProhibitedRegular />} title={said.elsewhere} text={said.elsewhereText} action={action} />
    </Page>
  );
}

function Own({ slug, organization }: { slug: string; organization: string }) {
  const tools = useInfiniteQuery(ownToolsQuery);
  const apps = useInfiniteQuery(ownConnectionsQuery);
  const sources = useInfiniteQuery(ownSourcesQuery);
  const check = useAccessCheck();
  const end = useEndOwn();
  const tell = useTell();
  const [ending, setEnding] = useState<Ending | null>(null);
  const first = tools.data?.pages[0];
  const confirm = (what: Ending) => {
    end.mutate(what, {
      onSuccess: (wasThere) => {
        setEnding(null);
        tell(what.kind === "connection" ? said.revoked(what.name) : said.endedSource(what.name), { text: wasThere ? undefined : said.already });
      },
    });
  };
  return (
    <>
      <MeView
        organization={organization}
        slug={slug}
        access={{ roles: first?.roles ?? [], membership: first?.membership, remarks: first?.remarks ?? [] }}
        tools={listed(tools)}
        apps={listed(apps)}
        sources={listed(sources)}
        checking={{
          busy: check.isPending,
          result: check.data,
          trouble: check.error ? troubleOf(check.error) : undefined,
          onCheck: () => {
            check.mutate();
          },
        }}
        asking={useAsking()}
        onEnd={(what) => {
          end.reset();
          setEnding(what);
        }}
      />
      {ending && (
        <EndDialog
          ending={ending}
          busy={end.isPending}
          trouble={end.error ? troubleOf(end.error) : undefined}
          onConfirm={() => {
            confirm(ending);
          }}
          onCancel={() => {
            setEnding(null);
          }}
        />
      )}
    </>
  );
}

/** What somebody has asked their admins for. */
function useAsking(): Asking {
  const request = useQuery(ownRequestQuery);
  const ask = useAskAccess();
  const withdraw = useWithdrawRequest();
  const tell = useTell();
  const error = ask.error ?? withdraw.error ?? request.error;
  return {
    request: request.data?.request ?? null,
    accessPackage: request.data?.accessPackage,
    trouble: error ? troubleOf(error) : undefined,
    busy: ask.isPending || withdraw.isPending,
    onAsk: (reason, done) => {
      ask.mutate(reason, {
        onSuccess: () => {
          done();
          tell(requests.sent);
        },
      });
    },
    onWithdraw: (id) => {
      withdraw.mutate(id, {
        onSuccess: () => {
          tell(requests.withdrawn);
        },
      });
    },
    onOpen: () => {
      ask.reset();
      withdraw.reset();
    },
  };
}

interface Pages<T> {
  data: { pages: { items: T[] }[] } | undefined;
  error: Error | null;
  hasNextPage: boolean;
  refetch: () => Promise<unknown>;
  fetchNextPage: () => Promise<unknown>;
}

function listed<T>(query: Pages<T>): List<T> {
  return {
    rows: query.data?.pages.flatMap((page) => page.items),
    more: query.hasNextPage,
    trouble: query.error ? troubleOf(query.error) : undefined,
    again: () => {
      void query.refetch();
    },
    onMore: () => {
      void query.fetchNextPage();
    },
  };
}
