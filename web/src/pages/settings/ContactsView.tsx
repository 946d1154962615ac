import { MailAlertRegular } from "@fluentui/react-icons";
import type { Contact } from "../../api/contacts";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import type { Column } from "../../ui/DataTable";
import type { Trouble } from "../../ui/Failure";
import { RowActions } from "../../ui/RowActions";
import { ListCard, type Listed } from "./ListCard";

const said = settings.contacts;

type On = (contact: Contact) => void;

interface Props {
  list: Listed<Contact>;
  unread: Trouble | undefined;
  act: { add: () => void; edit: On; remove: On; renew: On; test: On } | undefined; // undefined: the role may not
}

/** When a contact is told. */
export function whenTold({ urgent, digest }: Contact): string {
  const when = [urgent && said.urgent, digest && said.digest].filter((part) => part !== false);
  return when.join(", ") || said.never;
}

export function ContactsView({ list, unread, act }: Props) {
  const columns: Column<Contact>[] = [
    { id: "name", title: settings.name, width: "12rem", cell: (c) => c.name },
    { id: "to", title: said.to, cell: (c) => <bdi>{c.email ?? c.url}</bdi> },
    { id: "when", title: said.when, width: "12rem", cell: whenTold },
  ];
  if (act) {
    const actions = (c: Contact) => [
      { text: said.test, label: said.testLabel(c.name), onDo: () => { act.test(c); } },
      { text: messages.edit, label: said.editLabel(c.name), onDo: () => { act.edit(c); } },
      ...(c.url !== undefined && c.shape !== "teams" ? [{ text: said.renew, label: said.renewLabel(c.name), onDo: () => { act.renew(c); } }] : []),
      { text: messages.remove, label: said.removeLabel(c.name), onDo: () => { act.remove(c); } },
    ];
    columns.push({ id: "actions", title: settings.actions, width: "20rem", cell: (c) => <RowActions actions={actions(c)} /> });
  }
  return (
    <ListCard
      title={said.facts}
      text={said.text}
      add={act && { label: said.add, onAdd: act.add }}
      columns={columns}
      list={list}
      keyOf={(c) => c.name}
      unread={unread}
      empty={{ icon: <MailAlertRegular />, title: said.empty, text: said.emptyText }}
    />
  );
}
