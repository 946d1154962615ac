import { Badge } from "@fluentui/react-components";
import { PersonSupportRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { SupportAccess } from "../../api/support";
import { settings } from "../../messages/settings";
import type { Column } from "../../ui/DataTable";
import { PersonCell } from "../../ui/PersonCell";
import { RowActions } from "../../ui/RowActions";
import { When } from "../../ui/When";
import { ListCard, type Listed } from "./ListCard";
import { Until } from "./Until";

const said = settings.support;
const colors = { pending: "warning", approved: "success", refused: "informative", ended: "informative" } as const;

interface Props {
  list: Listed<SupportAccess>;
  act: { approve: (access: SupportAccess) => void; revoke: (access: SupportAccess) => void } | undefined; // undefined: the role may not
}

export function SupportView({ list, act }: Props) {
  const [now] = useState(() => Date.now());
  const columns: Column<SupportAccess>[] = [
    { id: "operator", title: said.operator, width: "14rem", cell: (a) => <PersonCell person={a.operator} /> },
    { id: "reason", title: settings.reason, cell: (a) => <bdi>{a.reason}</bdi> },
    { id: "asked", title: said.asked, width: "9rem", cell: (a) => <When at={a.requestedAt} now={now} /> },
    {
      id: "state",
      title: said.state,
      width: "12rem",
      cell: (a) => (
        <Badge appearance="tint" color={colors[a.state]}>
          {said.states[a.state]}
        </Badge>
      ),
    },
    { id: "ends", title: settings.ends, width: "10rem", cell: (a) => a.endsAt && <Until at={a.endsAt} now={now} /> },
  ];
  if (act) {
    const actions = (a: SupportAccess) => {
      const { name } = a.operator;
      if (a.state === "approved") return [{ text: said.end, label: said.endLabel(name), onDo: () => { act.revoke(a); } }];
      if (a.state !== "pending") return [];
      return [
        { text: said.approve, label: said.approveLabel(name), onDo: () => { act.approve(a); } },
        { text: said.refuse, label: said.refuseLabel(name), onDo: () => { act.revoke(a); } },
      ];
    };
    columns.push({ id: "actions", title: settings.actions, width: "11rem", cell: (a) => <RowActions actions={actions(a)} /> });
  }
  return (
    <ListCard title={said.facts} text={said.text} columns={columns} list={list} keyOf={(a) => a.id} empty={{ icon: <PersonSupportRegular />, title: said.empty, text: said.emptyText }} />
  );
}
