import { Badge, Button, Link, makeStyles, SearchBox, Text, tokens } from "@fluentui/react-components";
import { AddRegular, DeleteRegular, EditRegular, PersonAddRegular, PersonKeyRegular, SearchRegular } from "@fluentui/react-icons";
import type { Assignment, Permission, ToolRole } from "../../api/access";
import { access } from "../../messages/access";
import { roles as said } from "../../messages/roles";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";
import { conditionText, subjectOf } from "./words";

const useStyles = makeStyles({
  bar: { display: "flex", flexWrap: "wrap", alignItems: "center", justifyContent: "space-between", gap: tokens.spacingHorizontalM, marginBottom: tokens.spacingVerticalS },
  search: { width: "22rem", maxWidth: "100%" },
  faint: { color: tokens.colorNeutralForeground3 },
  list: { listStyleType: "none", margin: 0, padding: 0, display: "grid", gap: tokens.spacingVerticalXS, minWidth: 0 },
  line: { display: "grid", gridTemplateColumns: "3.5rem minmax(0, 1fr)", gap: tokens.spacingHorizontalS, alignItems: "baseline", overflowWrap: "anywhere" },
  what: { display: "grid" },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  actions: { display: "flex", gap: tokens.spacingHorizontalXS },
});

/** What an admin may do with roles. */
export interface RoleActions {
  onCreate: () => void;
  onEdit: (role: ToolRole) => void;
  onDelete: (role: ToolRole) => void;
  onAssign: (role: ToolRole) => void;
}

interface Props {
  organization: string;
  roles: ToolRole[] | undefined;
  assignments: Assignment[] | undefined;
  find: string;
  onFind: (to: string) => void;
  trouble: Trouble | undefined;
  again: () => void;
  actions: RoleActions | undefined; // undefined: the role in the console may not
}

const has = (role: ToolRole, text: string) => [role.name, ...role.permissions.flatMap((p) => p.patterns)].some((part) => part.toLowerCase().includes(text.trim().toLowerCase()));

export function RolesView({ organization, roles, assignments, find, onFind, trouble, again, actions }: Props) {
  const styles = useStyles();
  const rows = roles?.filter((role) => has(role, find));
  const columns: Column<ToolRole>[] = [
    { id: "name", title: said.name, width: "14rem", cell: (role) => <Name role={role} onEdit={actions?.onEdit} /> },
    { id: "permissions", title: said.permissions, cell: (role) => <Permissions permissions={role.permissions} /> },
    { id: "assigned", title: said.assigned, width: "14rem", cell: (role) => <Assigned list={assignments?.filter((a) => a.role === role.id)} /> },
  ];
  if (actions) columns.push({ id: "actions", title: access.actions, width: "7rem", cell: (role) => <Actions role={role} actions={actions} /> });
  const create = actions && (
    <Button appearance="primary" icon={<AddRegular />} onClick={actions.onCreate}>
      {said.create}
    </Button>
  );
  const empty =
    roles?.length === 0 ? (
      <EmptyState icon={<PersonKeyRegular />} title={said.empty} text={said.emptyText} action={create} />
    ) : (
      <EmptyState icon={<SearchRegular />} title={said.noMatch} text={said.noMatchText(find)} />
    );
  return (
    <Page title={said.title} organization={organization} text={said.text} actions={create}>
      <Card>
        <div className={styles.bar}>
          <SearchBox
            className={styles.search}
            placeholder={access.filter}
            aria-label={access.filter}
            value={find}
            onChange={(_, to) => {
              onFind(to.value);
            }}
          />
          {rows && (
            <Text className={styles.faint} role="status">
              {said.shown(rows.length)}
            </Text>
          )}
        </div>
        <DataTable label={said.title} columns={columns} rows={rows} keyOf={(role) => role.id} trouble={trouble} again={again} empty={empty} />
      </Card>
    </Page>
  );
}

function Name({ role, onEdit }: { role: ToolRole; onEdit: RoleActions["onEdit"] | undefined }) {
  if (!onEdit)
    return (
      <Text weight="semibold">
        <bdi>{role.name}</bdi>
      </Text>
    );
  return (
    <Link
      as="button"
      appearance="subtle"
      onClick={() => {
        onEdit(role);
      }}
    >
      <bdi>{role.name}</bdi>
    </Link>
  );
}

function Permissions({ permissions }: { permissions: Permission[] }) {
  const styles = useStyles();
  return (
    <ul className={styles.list}>
      {permissions.map((p, i) => (
        <li key={i} className={styles.line}>
          <Badge appearance="tint" color={p.effect === "allow" ? "success" : "danger"}>
            {access.effects[p.effect]}
          </Badge>
          <span className={styles.what}>
            <span className={styles.mono}>{p.patterns.join(", ")}</span>
            {p.condition && <Text size={200}>{access.permission("", "", conditionText(p.condition)).replace(/^[ ,]+/, "")}</Text>}
            {p.authenticationContext && <Text size={200}>{access.stepUp(p.authenticationContext)}</Text>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Assigned({ list }: { list: Assignment[] | undefined }) {
  const styles = useStyles();
  if (!list) return null;
  if (list.length === 0) return <Text className={styles.faint}>{said.unassigned}</Text>;
  const names = list.slice(0, 3).map(subjectOf);
  return (
    <ul className={styles.list}>
      {names.map((name) => (
        <li key={name}>
          <bdi>{name}</bdi>
        </li>
      ))}
      {list.length > names.length && <li className={styles.faint}>{access.whatIf.more(list.length - names.length)}</li>}
    </ul>
  );
}

function Actions({ role, actions }: { role: ToolRole; actions: RoleActions }) {
  const styles = useStyles();
  const buttons = [
    [said.editLabel(role.name), <EditRegular key="edit" />, actions.onEdit],
    [said.assignLabel(role.name), <PersonAddRegular key="assign" />, actions.onAssign],
    [said.deleteLabel(role.name), <DeleteRegular key="delete" />, actions.onDelete],
  ] as const;
  return (
    <div className={styles.actions}>
      {buttons.map(([label, icon, act]) => (
        <Button
          key={label}
          size="small"
          appearance="subtle"
          icon={icon}
          aria-label={label}
          title={label}
          onClick={() => {
            act(role);
          }}
        />
      ))}
    </div>
  );
}
