import { RecordRegular } from "@fluentui/react-icons";
import type { Recording } from "../../api/recordings";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import type { Column } from "../../ui/DataTable";
import type { Trouble } from "../../ui/Failure";
import { RowActions } from "../../ui/RowActions";
import { ListCard, type Listed } from "./ListCard";

const said = settings.recording;

interface Props {
  list: Listed<Recording>;
  unread: Trouble | undefined;
  act: { add: () => void; edit: (recording: Recording) => void; remove: (recording: Recording) => void } | undefined; // undefined: the role may not
}

export function RecordingView({ list, unread, act }: Props) {
  const columns: Column<Recording>[] = [
    { id: "name", title: settings.name, width: "12rem", cell: (r) => r.name },
    { id: "tool", title: said.tool, cell: (r) => <bdi>{r.tool}</bdi> },
    { id: "fields", title: said.fields, cell: (r) => <bdi>{[...(r.arguments ?? []), ...(r.result ?? [])].join(", ")}</bdi> },
    { id: "bodies", title: said.bodies, width: "12rem", cell: (r) => said.bodiesShort[r.bodies ?? "none"] },
  ];
  if (act) {
    const actions = (r: Recording) => [
      { text: messages.edit, label: said.editLabel(r.name), onDo: () => { act.edit(r); } },
      { text: messages.remove, label: said.removeLabel(r.name), onDo: () => { act.remove(r); } },
    ];
    columns.push({ id: "actions", title: settings.actions, width: "11rem", cell: (r) => <RowActions actions={actions(r)} /> });
  }
  return (
    <ListCard
      title={said.facts}
      text={said.text}
      add={act && { label: said.add, onAdd: act.add }}
      columns={columns}
      list={list}
      keyOf={(r) => r.name}
      unread={unread}
      empty={{ icon: <RecordRegular />, title: said.empty, text: said.emptyText }}
    />
  );
}
