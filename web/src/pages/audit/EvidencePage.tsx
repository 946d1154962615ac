import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Hold, holdsQuery, logHeadQuery, useCreateHold, useRestoreHold, useWithdrawHold } from "../../api/auditlog";
import { includes } from "../../api/roles";
import { sinksQuery } from "../../api/sinks";
import { evidence as said } from "../../messages/auditevidence";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { EvidenceView } from "./EvidenceView";
import { PlaceHold, WithdrawHold } from "./HoldDialogs";
import { useRetentionEditing } from "./RetentionEditing";
import { useSinkEditing } from "./SinkEditing";

/** What the log rests on: checkpoints, sinks, retention and holds. It says nothing of what the log says. */
export function EvidencePage() {
  const { organization, held } = usePlace();
  const org = organization.slug;
  const [head, sinks, holds] = [useQuery(logHeadQuery(org)), useQuery(sinksQuery(org)), useQuery(holdsQuery(org))];
  const [create, withdraw, restore] = [useCreateHold(org), useWithdrawHold(org), useRestoreHold(org)];
  const sinking = useSinkEditing(org, held);
  const keeping = useRetentionEditing(organization, held, head.data, (holds.data?.length ?? 0) > 0);
  const [asked, setAsked] = useState<"place" | Hold>();
  const tell = useTell();
  const owner = includes(held, "owner");
  const done = (title: string) => {
    setAsked(undefined);
    tell(title);
  };
  const failed = (error: Error) => {
    const { title, text } = troubleOf(error);
    tell(title, { text, intent: "error" });
  };
  const open = (what: "place" | Hold) => {
    create.reset();
    withdraw.reset();
    setAsked(what);
  };
  const leave = () => { setAsked(undefined); };
  const first = [head, sinks, holds].find((query) => query.error);
  return (
    <>
      <EvidenceView
        organization={organization}
        head={head.data}
        sinks={sinks.data}
        holds={holds.data}
        trouble={first?.error ? troubleOf(first.error) : undefined}
        again={() => { void first?.refetch(); }}
        sinking={sinking}
        keeping={keeping}
        onPlace={owner ? () => { open("place"); } : undefined}
        onWithdraw={owner ? open : undefined}
        onRestore={owner ? (hold) => { restore.mutate(hold.id, { onSuccess: () => { done(said.restored); }, onError: failed }); } : undefined}
      />
      {sinking.dialogs}
      {keeping.dialogs}
      {asked === "place" && (
        <PlaceHold
          busy={create.isPending}
          trouble={create.error ? troubleOf(create.error) : undefined}
          onSubmit={(body) => { create.mutate(body, { onSuccess: () => { done(said.placed); } }); }}
          onCancel={leave}
        />
      )}
      {asked && asked !== "place" && (
        <WithdrawHold
          hold={asked}
          busy={withdraw.isPending}
          trouble={withdraw.error ? troubleOf(withdraw.error) : undefined}
          onSubmit={(reason) => { withdraw.mutate({ id: asked.id, reason }, { onSuccess: () => { done(said.withdrawn); } }); }}
          onCancel={leave}
        />
      )}
    </>
  );
}
