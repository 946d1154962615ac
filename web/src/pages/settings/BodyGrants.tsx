import { Badge } from "@fluentui/react-components";
import { DocumentLockRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { type BodyGrant, bodyGrantsQuery, useCreateBodyGrant, useWithdrawBodyGrant } from "../../api/recordings";
import { includes } from "../../api/roles";
import { settings } from "../../messages/settings";
import { Asking } from "../../shell/Asking";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import type { Column } from "../../ui/DataTable";
import { RowActions } from "../../ui/RowActions";
import { useTell } from "../../ui/tell";
import { BodyGrantDialog } from "./BodyGrantDialog";
import { ListCard } from "./ListCard";
import { useListed } from "./listed";
import { Until } from "./Until";

const said = settings.recording;
const colors = { waits: "warning", open: "success", over: "informative", withdrawn: "informative" } as const;

const nameOf = (grant: BodyGrant) => grant.name ?? grant.grantee.id;

/** What has become of a permission to read. */
export function stateOf(grant: BodyGrant, now: number): keyof typeof colors {
  if (grant.withdrawnAt !== undefined) return "withdrawn";
  if (Date.parse(grant.endsAt) <= now) return "over";
  return Date.parse(grant.beginsAt) > now ? "waits" : "open";
}

/** Who may read the bodies that are kept; owners decide it. */
export function BodyGrants() {
  const { organization, held } = usePlace();
  const list = useListed(bodyGrantsQuery(organization.slug));
  const create = useCreateBodyGrant(organization.slug);
  const withdraw = useWithdrawBodyGrant(organization.slug);
  const [now] = useState(() => Date.now());
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<BodyGrant | null>(null);
  const tell = useTell();
  const owner = includes(held, "owner");
  const state = (g: BodyGrant) => (
    <Badge appearance="tint" color={colors[stateOf(g, now)]}>
      {said.states[stateOf(g, now)]}
    </Badge>
  );
  const columns: Column<BodyGrant>[] = [
    { id: "who", title: said.grantee, width: "12rem", cell: (g) => <bdi>{nameOf(g)}</bdi> },
    { id: "reason", title: settings.reason, cell: (g) => <bdi>{g.reason}</bdi> },
    { id: "by", title: said.by, width: "10rem", cell: (g) => <bdi>{g.grantedBy.name}</bdi> },
    { id: "state", title: said.state, width: "9rem", cell: state },
    { id: "ends", title: settings.ends, width: "10rem", cell: (g) => <Until at={g.endsAt} now={now} /> },
  ];
  if (owner) {
    const actions = (g: BodyGrant) => {
      const over = ["over", "withdrawn"].includes(stateOf(g, now));
      return over ? [] : [{ text: said.withdraw, label: said.withdrawLabel(nameOf(g)), onDo: () => { setAsked(g); } }];
    };
    columns.push({ id: "actions", title: settings.actions, width: "8rem", cell: (g) => <RowActions actions={actions(g)} /> });
  }
  const stop = () => {
    create.reset();
    setAdding(false);
  };
  return (
    <>
      <ListCard
        title={said.grants}
        text={said.grantsText}
        add={owner ? { label: said.grant, onAdd: () => { setAdding(true); } } : undefined}
        columns={columns}
        list={list}
        keyOf={(g) => g.id}
        empty={{ icon: <DocumentLockRegular />, title: said.noGrants, text: said.noGrantsText }}
      />
      {adding && (
        <BodyGrantDialog
          busy={create.isPending}
          trouble={create.error ? troubleOf(create.error) : undefined}
          onCancel={stop}
          onSave={(body) => { create.mutate(body, { onSuccess: (made) => { stop(); tell(said.granted(nameOf(made))); } }); }}
        />
      )}
      {asked && (
        <Asking
          title={said.withdrawTitle(nameOf(asked))}
          action={said.withdraw}
          texts={said.withdrawTexts}
          doing={withdraw}
          input={asked.id}
          onDone={() => { tell(said.withdrawn(nameOf(asked))); }}
          onClose={() => { setAsked(null); }}
        />
      )}
    </>
  );
}
