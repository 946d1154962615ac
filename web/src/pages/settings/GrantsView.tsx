import { Badge, makeStyles, Text, tokens } from "@fluentui/react-components";
import { PeopleTeamRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { RoleGrant } from "../../api/grants";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import type { Column } from "../../ui/DataTable";
import type { Trouble } from "../../ui/Failure";
import { RowActions } from "../../ui/RowActions";
import { ListCard, type Listed } from "./ListCard";
import { Until } from "./Until";

const said = settings.roles;

interface Props {
  list: Listed<RoleGrant>;
  unread: Trouble | undefined;
  act: { add: () => void; edit: (grant: RoleGrant) => void; remove: (grant: RoleGrant) => void } | undefined; // undefined: the role may not
}

const useStyles = makeStyles({ who: { display: "grid", minWidth: 0 }, id: { color: tokens.colorNeutralForeground3, fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" } });

/** What to call whom a role was granted to. */
export const granteeName = (grant: RoleGrant) => grant.name ?? grant.grantee.id;

export function GrantsView({ list, unread, act }: Props) {
  const [now] = useState(() => Date.now());
  const columns: Column<RoleGrant>[] = [
    { id: "who", title: said.grantee, cell: (g) => <Grantee grant={g} /> },
    { id: "kind", title: said.kind, width: "8rem", cell: (g) => said.kinds[g.grantee.kind] },
    { id: "role", title: said.role, width: "8rem", cell: (g) => <Badge appearance="tint">{messages.roles[g.role]}</Badge> },
    { id: "ends", title: settings.ends, width: "12rem", cell: (g) => <Until at={g.endsAt} now={now} /> },
  ];
  if (act) {
    const actions = (g: RoleGrant) => [
      { text: messages.edit, label: said.editLabel(granteeName(g)), onDo: () => { act.edit(g); } },
      { text: messages.remove, label: said.removeLabel(granteeName(g)), onDo: () => { act.remove(g); } },
    ];
    columns.push({ id: "actions", title: settings.actions, width: "11rem", cell: (g) => <RowActions actions={actions(g)} /> });
  }
  return (
    <ListCard
      title={said.facts}
      text={said.text}
      add={act && { label: said.add, onAdd: act.add }}
      columns={columns}
      list={list}
      keyOf={(g) => g.id}
      unread={unread}
      empty={{ icon: <PeopleTeamRegular />, title: said.empty, text: said.emptyText }}
    />
  );
}

function Grantee({ grant }: { grant: RoleGrant }) {
  const styles = useStyles();
  return (
    <div className={styles.who}>
      {grant.name && (
        <Text weight="semibold">
          <bdi>{grant.name}</bdi>
        </Text>
      )}
      <Text size={200} className={styles.id}>
        {grant.grantee.id}
      </Text>
    </div>
  );
}
