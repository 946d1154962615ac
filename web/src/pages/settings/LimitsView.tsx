import { TopSpeedRegular } from "@fluentui/react-icons";
import type { CallLimit } from "../../api/limits";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import type { Column } from "../../ui/DataTable";
import type { Trouble } from "../../ui/Failure";
import { RowActions } from "../../ui/RowActions";
import { ListCard, type Listed } from "./ListCard";

const said = settings.limits;

interface Props {
  list: Listed<CallLimit>;
  unread: Trouble | undefined;
  act: { add: () => void; edit: (limit: CallLimit) => void; remove: (limit: CallLimit) => void } | undefined; // undefined: the role may not
}

/** The rate of a limit in words. */
export function rateOf({ rate }: CallLimit): string {
  if (!rate) return said.none;
  return said.rateOf(rate.calls, rate.every) + (rate.burst === undefined ? "" : said.burstOf(rate.burst));
}

export function LimitsView({ list, unread, act }: Props) {
  const columns: Column<CallLimit>[] = [
    { id: "name", title: settings.name, cell: (l) => l.name },
    { id: "per", title: said.per, cell: (l) => said.pers[l.per] },
    { id: "only", title: said.only, cell: (l) => <bdi>{l.tool ?? l.client ?? ""}</bdi> },
    { id: "rate", title: said.rate, cell: rateOf },
    { id: "day", title: said.perDay, cell: (l) => l.callsPerDay?.toLocaleString("en-US") ?? said.none },
  ];
  if (act) {
    const actions = (l: CallLimit) => [
      { text: messages.edit, label: said.editLabel(l.name), onDo: () => { act.edit(l); } },
      { text: messages.remove, label: said.removeLabel(l.name), onDo: () => { act.remove(l); } },
    ];
    columns.push({ id: "actions", title: settings.actions, width: "11rem", cell: (l) => <RowActions actions={actions(l)} /> });
  }
  return (
    <ListCard
      title={said.facts}
      text={said.text}
      add={act && { label: said.add, onAdd: act.add }}
      columns={columns}
      list={list}
      keyOf={(l) => l.name}
      unread={unread}
      empty={{ icon: <TopSpeedRegular />, title: said.empty, text: said.emptyText }}
    />
  );
}
