import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Connection, connectionsQuery, useRevokeConnection } from "../../api/connections";
import { includes } from "../../api/roles";
import { connections as said } from "../../messages/connections";
import { useGo } from "../../shell/go";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { ConnectionsView } from "./ConnectionsView";
import { RevokeDialog } from "./RevokeDialog";

/** The connections of an organization, and the end of one. */
export function ConnectionsPage() {
  const { organization, held } = usePlace();
  const list = useInfiniteQuery(connectionsQuery(organization.slug));
  const revoke = useRevokeConnection(organization.slug);
  const tell = useTell();
  const go = useGo(organization.slug);
  const [asked, setAsked] = useState<Connection | null>(null);
  const confirm = (c: Connection) => {
    revoke.mutate(c.id, {
      onSuccess: (wasThere) => {
        setAsked(null);
        tell(said.done(c.name, c.person.name), { text: wasThere ? said.doneText : said.already });
      },
    });
  };
  const ask = (c: Connection) => {
    revoke.reset();
    setAsked(c);
  };
  return (
    <>
      <ConnectionsView
        organization={organization.name}
        toPerson={(oid) => go(`/people/${oid}`)}
        connections={list.data?.pages.flatMap((page) => page.items)}
        more={list.hasNextPage}
        onMore={() => {
          void list.fetchNextPage();
        }}
        trouble={list.error ? troubleOf(list.error) : undefined}
        again={() => {
          void list.refetch();
        }}
        onRevoke={includes(held, "admin") ? ask : undefined}
      />
      {asked && (
        <RevokeDialog
          connection={asked}
          busy={revoke.isPending}
          trouble={revoke.error ? troubleOf(revoke.error) : undefined}
          onConfirm={() => {
            confirm(asked);
          }}
          onCancel={() => {
            setAsked(null);
          }}
        />
      )}
    </>
  );
}
