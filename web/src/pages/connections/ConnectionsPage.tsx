import { useInfiniteQuery } from "@tanstack/react-query";
import { Toast, ToastBody, ToastTitle, useToastController } from "@fluentui/react-components";
import { useState } from "react";
import { type Connection, connectionsQuery, useRevokeConnection } from "../../api/connections";
import { includes } from "../../api/roles";
import { connections as said } from "../../messages/connections";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { toasterId } from "../../ui/toaster";
import { ConnectionsView } from "./ConnectionsView";
import { RevokeDialog } from "./RevokeDialog";

/** The connections of an organization, and the end of one. */
export function ConnectionsPage() {
  const { organization, role } = usePlace();
  const list = useInfiniteQuery(connectionsQuery(organization.slug));
  const revoke = useRevokeConnection(organization.slug);
  const { dispatchToast } = useToastController(toasterId);
  const [asked, setAsked] = useState<Connection | null>(null);
  const tell = (c: Connection, wasThere: boolean) => {
    dispatchToast(
      <Toast>
        <ToastTitle>{said.done(c.name, c.person.name)}</ToastTitle>
        <ToastBody>{wasThere ? said.doneText : said.already}</ToastBody>
      </Toast>,
      { intent: "success", timeout: 8000 },
    );
  };
  const confirm = (c: Connection) => {
    revoke.mutate(c.id, {
      onSuccess: (wasThere) => {
        setAsked(null);
        tell(c, wasThere);
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
        connections={list.data?.pages.flatMap((page) => page.items)}
        more={list.hasNextPage}
        onMore={() => {
          void list.fetchNextPage();
        }}
        trouble={list.error ? troubleOf(list.error) : undefined}
        again={() => {
          void list.refetch();
        }}
        onRevoke={includes(role, "admin") ? ask : undefined}
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
