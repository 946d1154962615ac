import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { ScopeCeiling } from "../../api/access";
import { readNow, useAccessChange } from "../../api/accesschanges";
import type { Tagged } from "../../api/tagged";
import { maximum as said } from "../../messages/maximum";
import { usePlace } from "../../shell/place";
import { Confirm } from "../../ui/Confirm";
import { Failure } from "../../ui/Failure";
import { useTell } from "../../ui/tell";
import { Conflict } from "./Conflict";
import { Opening } from "./Opening";
import { withoutScope } from "./proposals";
import { useEdit } from "./useEdit";
import { useFresh } from "./useFresh";
import { useUndo } from "./useUndo";
import { WhatIf } from "../../review/WhatIf";

const useStyles = makeStyles({ text: { display: "block", marginBottom: tokens.spacingVerticalM } });

/** Asks before a scope's maximum is lifted. */
export function LiftScope({ scope, onClose }: { scope: string; onClose: () => void }) {
  const org = usePlace().organization.slug;
  const { data, trouble } = useFresh(["scope", scope, "lift"], () => readNow.scope(org, scope));
  if (!data) return <Opening title={said.liftTitle(scope)} trouble={trouble} onClose={onClose} />;
  return <Asked ceiling={data} onClose={onClose} />;
}

function Asked({ ceiling, onClose }: { ceiling: Tagged<ScopeCeiling>; onClose: () => void }) {
  const styles = useStyles();
  const org = usePlace().organization.slug;
  const { scope, patterns } = ceiling.value;
  const tell = useTell();
  const undo = useUndo();
  const restore = useAccessChange(org);
  const edit = useEdit<ScopeCeiling>(ceiling.tag, { read: () => readNow.scope(org, scope), id: scope, name: scope, describe: (now) => now.patterns });
  return (
    <Confirm
      title={said.liftTitle(scope)}
      action={said.lift}
      busy={edit.busy}
      onConfirm={() => {
        edit.save({ do: "deleteScope", scope, tag: edit.tag }, () => {
          tell(said.lifted(scope), { action: undo(said.lifted(scope), () => restore.mutateAsync({ do: "createScope", scope, patterns })) });
          onClose();
        });
      }}
      onCancel={onClose}
    >
      <Text className={styles.text}>{said.liftText(scope)}</Text>
      {edit.meanwhile && <Conflict meanwhile={edit.meanwhile} />}
      <WhatIf proposal={withoutScope(scope)} />
      {edit.trouble && <Failure trouble={edit.trouble} />}
    </Confirm>
  );
}
