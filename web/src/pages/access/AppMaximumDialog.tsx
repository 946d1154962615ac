import { Field, Radio, RadioGroup } from "@fluentui/react-components";
import { useState } from "react";
import type { ListedApp } from "../../api/access";
import { readNow } from "../../api/accesschanges";
import type { Tagged } from "../../api/tagged";
import { access } from "../../messages/access";
import { maximum as said } from "../../messages/maximum";
import { usePlace } from "../../shell/place";
import { useTell } from "../../ui/tell";
import { Conflict } from "./Conflict";
import { Opening } from "./Opening";
import { patternsIn } from "../../api/patterns";
import { PatternsField } from "./PatternsField";
import { appProposal } from "./proposals";
import { ReviewDialog } from "../../review/ReviewDialog";
import { useEdit } from "./useEdit";
import { useFresh } from "./useFresh";
import { useToolNames } from "./useToolNames";

/** The most that an AI app may do, as it is when the dialog opens. */
export function AppMaximumDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const org = usePlace().organization.slug;
  const { data, trouble } = useFresh(["app", id], () => readNow.app(org, id));
  if (!data) return <Opening title={said.title} trouble={trouble} onClose={onClose} />;
  return <Editor app={data} onClose={onClose} />;
}

function Editor({ app, onClose }: { app: Tagged<ListedApp>; onClose: () => void }) {
  const org = usePlace().organization.slug;
  const { id, name, maximumPermissions } = app.value;
  const tell = useTell();
  const tools = useToolNames();
  const [limited, setLimited] = useState(maximumPermissions !== undefined);
  const [text, setText] = useState(maximumPermissions?.patterns.join("\n") ?? "");
  const [checked, setChecked] = useState(false);
  const edit = useEdit<ListedApp>(app.tag, { read: () => readNow.app(org, id), id, name, describe: (now) => now.maximumPermissions?.patterns ?? [said.unlimited] });
  const patterns = limited ? patternsIn(text) : undefined;
  const missing = patterns?.length === 0;
  return (
    <ReviewDialog
      title={said.appTitle(name)}
      busy={edit.busy}
      trouble={edit.trouble}
      conflict={edit.meanwhile && <Conflict meanwhile={edit.meanwhile} />}
      propose={() => {
        setChecked(true);
        return missing ? undefined : appProposal(app.value, patterns);
      }}
      onSave={() => {
        edit.save({ do: "limitApp", id, tag: edit.tag, name, patterns }, () => {
          tell(said.saved(name), { text: said.savedText });
          onClose();
        });
      }}
      onCancel={onClose}
    >
      <Field label={said.which}>
        <RadioGroup
          value={limited ? "limited" : "unlimited"}
          onChange={(_, to) => {
            setLimited(to.value === "limited");
          }}
        >
          <Radio value="unlimited" label={said.unlimited} />
          <Radio value="limited" label={said.limited} />
        </RadioGroup>
      </Field>
      {limited && <PatternsField label={access.patterns} value={text} complaint={checked && missing ? access.patternsMissing : undefined} tools={tools} onChange={setText} />}
    </ReviewDialog>
  );
}
