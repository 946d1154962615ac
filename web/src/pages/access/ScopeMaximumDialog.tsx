import { Field, Input } from "@fluentui/react-components";
import { useState } from "react";
import type { ScopeCeiling } from "../../api/access";
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
import { scopeProposal } from "./proposals";
import { ReviewDialog } from "../../review/ReviewDialog";
import { useEdit } from "./useEdit";
import { useFresh } from "./useFresh";
import { useToolNames } from "./useToolNames";

/** The most that tokens with a scope may do. Without a scope it is a new limit. */
export function ScopeMaximumDialog({ scope, onClose }: { scope: string | undefined; onClose: () => void }) {
  if (scope === undefined) return <Editor onClose={onClose} />;
  return <Existing scope={scope} onClose={onClose} />;
}

function Existing({ scope, onClose }: { scope: string; onClose: () => void }) {
  const org = usePlace().organization.slug;
  const { data, trouble } = useFresh(["scope", scope], () => readNow.scope(org, scope));
  if (!data) return <Opening title={said.scopeTitle(scope)} trouble={trouble} onClose={onClose} />;
  return <Editor ceiling={data} onClose={onClose} />;
}

const isScope = (text: string) => /^[^ /]{1,120}$/.test(text);

function Editor({ ceiling, onClose }: { ceiling?: Tagged<ScopeCeiling>; onClose: () => void }) {
  const org = usePlace().organization.slug;
  const before = ceiling?.value;
  const tell = useTell();
  const tools = useToolNames();
  const [typed, setTyped] = useState(before?.scope ?? "");
  const [text, setText] = useState(before?.patterns.join("\n") ?? "");
  const [checked, setChecked] = useState(false);
  const edit = useEdit<ScopeCeiling>(
    ceiling?.tag ?? "",
    before && { read: () => readNow.scope(org, before.scope), id: before.scope, name: before.scope, describe: (now) => now.patterns },
  );
  const scope = typed.trim();
  const patterns = patternsIn(text);
  return (
    <ReviewDialog
      title={before ? said.scopeTitle(scope) : said.newScope}
      busy={edit.busy}
      trouble={edit.trouble}
      conflict={edit.meanwhile && <Conflict meanwhile={edit.meanwhile} />}
      propose={() => {
        setChecked(true);
        return isScope(scope) && patterns.length > 0 ? scopeProposal(scope, patterns) : undefined;
      }}
      onSave={() => {
        edit.save(before ? { do: "updateScope", scope, tag: edit.tag, body: { patterns } } : { do: "createScope", scope, patterns }, () => {
          tell(said.saved(scope), { text: said.savedText });
          onClose();
        });
      }}
      onCancel={onClose}
    >
      {!before && (
        <Field label={said.scopeName} required hint={said.scopeHint} validationMessage={checked && !isScope(scope) ? said.scopeWrong : undefined}>
          <Input
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={(_, to) => {
              setTyped(to.value);
            }}
          />
        </Field>
      )}
      <PatternsField label={access.patterns} value={text} complaint={checked && patterns.length === 0 ? access.patternsMissing : undefined} tools={tools} onChange={setText} />
    </ReviewDialog>
  );
}
