import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { Assignment } from "../../api/access";
import { readNow, useAccessChange } from "../../api/accesschanges";
import { access } from "../../messages/access";
import { assignments as said } from "../../messages/assignments";
import { usePlace } from "../../shell/place";
import { Confirm } from "../../ui/Confirm";
import { Failure } from "../../ui/Failure";
import { useTell } from "../../ui/tell";
import { lasts } from "./bringback";
import { Conflict } from "./Conflict";
import { Opening } from "./Opening";
import { withoutAssignment } from "./proposals";
import { useEdit } from "./useEdit";
import { useFresh } from "./useFresh";
import { useUndo } from "./useUndo";
import { WhatIf } from "../../review/WhatIf";
import { subjectOf } from "./words";

const useStyles = makeStyles({ text: { display: "block", marginBottom: tokens.spacingVerticalM } });

interface Props {
  assignment: Assignment;
  role: string; // its name
  onClose: () => void;
}

/** Asks before an assignment is removed, and says what that takes from whom. */
export function RemoveAssignment({ assignment, role, onClose }: Props) {
  const org = usePlace().organization.slug;
  const { data, trouble } = useFresh(["assignment", assignment.id, "remove"], () => readNow.assignment(org, assignment.id));
  if (!data) return <Opening title={said.removeTitle(subjectOf(assignment), role)} trouble={trouble} onClose={onClose} />;
  return <Asked assignment={data.value} tag={data.tag} role={role} onClose={onClose} />;
}

function Asked({ assignment, tag, role, onClose }: Props & { tag: string }) {
  const styles = useStyles();
  const org = usePlace().organization.slug;
  const tell = useTell();
  const undo = useUndo();
  const restore = useAccessChange(org);
  const who = subjectOf(assignment);
  const edit = useEdit<Assignment>(tag, { read: () => readNow.assignment(org, assignment.id), id: assignment.id, name: who, describe: (now) => [subjectOf(now), now.endsAt ?? said.never] });
  const { id, ...settings } = assignment;
  return (
    <Confirm
      title={said.removeTitle(who, role)}
      action={access.remove}
      busy={edit.busy}
      onConfirm={() => {
        edit.save({ do: "deleteAssignment", id, tag: edit.tag }, () => {
          const bringBack = () => restore.mutateAsync({ do: "createAssignment", body: settings });
          tell(said.removed(who, role), lasts(assignment, Date.now()) ? { action: undo(said.removed(who, role), bringBack) } : {});
          onClose();
        });
      }}
      onCancel={onClose}
    >
      <Text className={styles.text}>{said.removeText(who, role)}</Text>
      {edit.meanwhile && <Conflict meanwhile={edit.meanwhile} />}
      <WhatIf proposal={withoutAssignment(role, assignment)} />
      {edit.trouble && <Failure trouble={edit.trouble} />}
    </Confirm>
  );
}
