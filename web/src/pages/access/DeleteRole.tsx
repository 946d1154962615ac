import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { Assignment, ToolRole } from "../../api/access";
import { readNow, useAccessChange } from "../../api/accesschanges";
import { access } from "../../messages/access";
import { roles as said } from "../../messages/roles";
import { usePlace } from "../../shell/place";
import { Confirm } from "../../ui/Confirm";
import { Failure } from "../../ui/Failure";
import { useTell } from "../../ui/tell";
import { broughtBack } from "./bringback";
import { Conflict } from "./Conflict";
import { Opening } from "./Opening";
import { withoutRole } from "./proposals";
import { useEdit } from "./useEdit";
import { useFresh } from "./useFresh";
import { useUndo } from "./useUndo";
import { WhatIf } from "../../review/WhatIf";
import { permissionText } from "./words";

const useStyles = makeStyles({ text: { display: "block", marginBottom: tokens.spacingVerticalM } });

interface Props {
  role: ToolRole;
  assignments: Assignment[];
  onClose: () => void;
}

/** Asks before a role is deleted, and says what that takes from whom. */
export function DeleteRole({ role, assignments, onClose }: Props) {
  const org = usePlace().organization.slug;
  const { data, trouble } = useFresh(["role", role.id, "delete"], () => readNow.role(org, role.id));
  if (!data) return <Opening title={said.deleteTitle(role.name)} trouble={trouble} onClose={onClose} />;
  return <Asked role={data.value} tag={data.tag} assignments={assignments} onClose={onClose} />;
}

function Asked({ role, tag, assignments, onClose }: Props & { tag: string }) {
  const styles = useStyles();
  const org = usePlace().organization.slug;
  const tell = useTell();
  const undo = useUndo();
  const restore = useAccessChange(org);
  const edit = useEdit<ToolRole>(tag, { read: () => readNow.role(org, role.id), id: role.id, name: role.name, describe: (now) => now.permissions.map(permissionText) });
  const bringBack = async () => {
    const id = await restore.mutateAsync({ do: "createRole", body: { name: role.name, permissions: role.permissions } });
    if (id === undefined) return;
    await broughtBack(assignments, ({ subject, name, endsAt }) => restore.mutateAsync({ do: "createAssignment", body: { role: id, subject, name, endsAt } }));
  };
  return (
    <Confirm
      title={said.deleteTitle(role.name)}
      action={access.delete}
      busy={edit.busy}
      onConfirm={() => {
        edit.save({ do: "deleteRole", id: role.id, tag: edit.tag }, () => {
          tell(said.deleted(role.name), { text: said.undoText, action: undo(said.deleted(role.name), bringBack) });
          onClose();
        });
      }}
      onCancel={onClose}
    >
      <Text className={styles.text}>{said.deleteText(role.name, assignments.length)}</Text>
      {edit.meanwhile && <Conflict meanwhile={edit.meanwhile} />}
      <WhatIf proposal={withoutRole(role.name)} />
      {edit.trouble && <Failure trouble={edit.trouble} />}
    </Confirm>
  );
}
