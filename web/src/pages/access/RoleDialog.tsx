import { useState } from "react";
import type { ToolRole } from "../../api/access";
import { readNow } from "../../api/accesschanges";
import type { Tagged } from "../../api/tagged";
import { roles as said } from "../../messages/roles";
import { usePlace } from "../../shell/place";
import { useTell } from "../../ui/tell";
import { Conflict } from "./Conflict";
import { type Draft, draftOf, emptyDraft, isSound, permissionsOf } from "./drafts";
import { Opening } from "./Opening";
import { roleProposal } from "./proposals";
import { ReviewDialog } from "../../review/ReviewDialog";
import { RoleFields } from "./RoleFields";
import { useEdit } from "./useEdit";
import { useFresh } from "./useFresh";
import { useToolNames } from "./useToolNames";
import { permissionText } from "./words";

interface Props {
  id: string | undefined; // undefined: a new one
  suggest?: { name: string; tool: string }; // of a new one
  onClose: () => void;
}

/** Creates a role, or edits it as it is when the dialog opens. */
export function RoleDialog({ id, suggest, onClose }: Props) {
  if (id === undefined) return <RoleEditor role={undefined} suggest={suggest} onClose={onClose} />;
  return <ExistingRole id={id} onClose={onClose} />;
}

function ExistingRole({ id, onClose }: { id: string; onClose: () => void }) {
  const { organization } = usePlace();
  const { data, trouble } = useFresh(["role", id], () => readNow.role(organization.slug, id));
  if (!data) return <Opening title={said.permissions} trouble={trouble} onClose={onClose} />;
  return <RoleEditor role={data} onClose={onClose} />;
}

function RoleEditor({ role, suggest, onClose }: { role: Tagged<ToolRole> | undefined; suggest?: Props["suggest"]; onClose: () => void }) {
  const { organization } = usePlace();
  const org = organization.slug;
  const tell = useTell();
  const tools = useToolNames();
  const before = role?.value;
  const [name, setName] = useState(before?.name ?? suggest?.name ?? "");
  const [drafts, setDrafts] = useState<Draft[]>(() => before?.permissions.map(draftOf) ?? [emptyDraft(suggest?.tool)]);
  const [checked, setChecked] = useState(false);
  const edit = useEdit<ToolRole>(
    role?.tag ?? "",
    before && { read: () => readNow.role(org, before.id), id: before.id, name: before.name, describe: (now) => [now.name, ...now.permissions.map(permissionText)] },
  );
  const body = { name: name.trim(), permissions: permissionsOf(drafts) };
  return (
    <ReviewDialog
      title={before ? said.editTitle(before.name) : said.createTitle}
      busy={edit.busy}
      trouble={edit.trouble}
      conflict={edit.meanwhile && <Conflict meanwhile={edit.meanwhile} />}
      propose={() => {
        setChecked(true);
        return body.name !== "" && drafts.every(isSound) ? roleProposal(before?.name ?? body.name, body.permissions) : undefined;
      }}
      onSave={() => {
        edit.save(before ? { do: "updateRole", id: before.id, tag: edit.tag, body } : { do: "createRole", body }, () => {
          tell(said.saved(body.name), { text: said.savedText });
          onClose();
        });
      }}
      onCancel={onClose}
    >
      <RoleFields name={name} drafts={drafts} checked={checked} tools={tools} onName={setName} onDrafts={setDrafts} />
    </ReviewDialog>
  );
}
