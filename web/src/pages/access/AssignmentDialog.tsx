import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Assignment, type AssignmentSettings, listedAppsQuery, rolesQuery, type ToolRole } from "../../api/access";
import { readNow } from "../../api/accesschanges";
import type { Tagged } from "../../api/tagged";
import { assignments as said } from "../../messages/assignments";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { AssignmentFields } from "./AssignmentFields";
import { type AssignmentDraft, complaintsOf, draftOf, settingsOf } from "./assignmentdraft";
import { Conflict } from "./Conflict";
import { Opening } from "./Opening";
import { assignmentProposal } from "./proposals";
import { ReviewDialog } from "../../review/ReviewDialog";
import { useEdit } from "./useEdit";
import { useFresh } from "./useFresh";
import { subjectOf } from "./words";

interface Props {
  id: string | undefined; // undefined: a new one
  preset?: Partial<AssignmentSettings>; // of a new one
  onClose: () => void;
}

/** Gives a tool role to somebody, or changes an assignment as it is when the dialog opens. */
export function AssignmentDialog({ id, preset, onClose }: Props) {
  const org = usePlace().organization.slug;
  const roles = useQuery(rolesQuery(org));
  if (!roles.data) return <Opening title={said.createTitle} trouble={roles.error ? troubleOf(roles.error) : undefined} onClose={onClose} />;
  if (id === undefined) return <AssignmentEditor assignment={undefined} preset={preset} roles={roles.data} onClose={onClose} />;
  return <ExistingAssignment id={id} roles={roles.data} onClose={onClose} />;
}

function ExistingAssignment({ id, roles, onClose }: { id: string; roles: ToolRole[]; onClose: () => void }) {
  const org = usePlace().organization.slug;
  const { data, trouble } = useFresh(["assignment", id], () => readNow.assignment(org, id));
  if (!data) return <Opening title={said.title} trouble={trouble} onClose={onClose} />;
  return <AssignmentEditor assignment={data} roles={roles} onClose={onClose} />;
}

function AssignmentEditor({ assignment, preset, roles, onClose }: { assignment: Tagged<Assignment> | undefined; preset?: Props["preset"]; roles: ToolRole[]; onClose: () => void }) {
  const org = usePlace().organization.slug;
  const tell = useTell();
  const apps = useQuery(listedAppsQuery(org));
  const before = assignment?.value;
  const nameOf = (role: string) => roles.find((r) => r.id === role)?.name ?? role;
  const [draft, setDraft] = useState<AssignmentDraft>(() => draftOf(before ?? preset ?? {}));
  const [checked, setChecked] = useState(false);
  const edit = useEdit<Assignment>(
    assignment?.tag ?? "",
    before && {
      read: () => readNow.assignment(org, before.id),
      id: before.id,
      name: subjectOf(before),
      describe: (now) => [`${subjectOf(now)}: ${nameOf(now.role)}`, now.endsAt ? `${said.ends} ${now.endsAt}` : said.never],
    },
  );
  const body = settingsOf(draft, before);
  const who = subjectOf(body);
  return (
    <ReviewDialog
      title={before ? said.editTitle(subjectOf(before), nameOf(before.role)) : said.createTitle}
      busy={edit.busy}
      trouble={edit.trouble}
      conflict={edit.meanwhile && <Conflict meanwhile={edit.meanwhile} />}
      propose={() => {
        setChecked(true);
        if (Object.values(complaintsOf(draft)).some((complaint) => complaint)) return undefined;
        return assignmentProposal({ ...body, role: nameOf(body.role) }, before && { role: nameOf(before.role), subject: before.subject });
      }}
      onSave={() => {
        edit.save(before ? { do: "updateAssignment", id: before.id, tag: edit.tag, body } : { do: "createAssignment", body }, () => {
          tell(said.saved(who, nameOf(body.role)), { text: said.savedText });
          onClose();
        });
      }}
      onCancel={onClose}
    >
      <AssignmentFields draft={draft} complaints={checked ? complaintsOf(draft) : {}} roles={roles} apps={apps.data ?? []} onChange={setDraft} />
    </ReviewDialog>
  );
}
