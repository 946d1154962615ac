import { Text } from "@fluentui/react-components";
import type { AskedPermission } from "../../api/setup";
import { setup } from "../../messages/setup";
import { type Column, DataTable } from "../../ui/DataTable";

const said = setup.permissions;

const columns: Column<AskedPermission>[] = [
  { id: "name", title: said.name, width: "14rem", cell: (one) => <Text weight="semibold">{one.name}</Text> },
  { id: "reason", title: said.reason, cell: (one) => <span>{one.reason}</span> },
  { id: "who", title: said.who, cell: (one) => <span>{one.who.charAt(0).toUpperCase() + one.who.slice(1)}</span> },
];

/** What the app may ask Microsoft Graph. */
export function PermissionTable({ permissions }: { permissions: AskedPermission[] }) {
  return <DataTable label={said.table} columns={columns} rows={permissions} keyOf={(one) => one.name} again={() => undefined} empty={null} />;
}
