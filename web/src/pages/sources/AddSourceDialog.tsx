import { Field, Input, Radio, RadioGroup } from "@fluentui/react-components";
import { useState } from "react";
import type { NewSource, NewSourceCredential } from "../../api/sources";
import { sources } from "../../messages/sources";
import type { Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";
import { blank, credentialOf, problemsOf } from "./credential";
import { CredentialFields } from "./CredentialFields";
import { type Draft, type Field as Named, kinds } from "./kinds";

const said = sources.adding;
const labels: Record<Named, { label: string; hint: string; needed: boolean }> = {
  name: { label: said.name, hint: said.nameHint, needed: true },
  title: { label: said.shownName, hint: said.shownNameHint, needed: false },
  url: { label: said.url, hint: said.urlHint, needed: true },
};

interface Props {
  busy: boolean;
  trouble: Trouble | undefined;
  onAdd: (source: NewSource, credential: NewSourceCredential) => void;
  onCancel: () => void;
}

export function AddSourceDialog({ busy, trouble, onAdd, onCancel }: Props) {
  const [kind, setKind] = useState(kinds[0]);
  const [draft, setDraft] = useState<Draft>({ name: "", title: "", url: "" });
  const [credential, setCredential] = useState(blank);
  const [tried, setTried] = useState(false);
  const problems = kind.problems(draft);
  const lacks = problemsOf(credential);
  const submit = () => {
    setTried(true);
    if (Object.keys(problems).length + Object.keys(lacks).length === 0) onAdd(kind.settings(draft), credentialOf(credential));
  };
  return (
    <FormDialog title={said.title} action={sources.add} busy={busy} trouble={trouble} onSubmit={submit} onCancel={onCancel}>
      <Field label={said.kind} hint={kind.hint}>
        <RadioGroup
          value={kind.id}
          onChange={(_, to) => {
            setKind(kinds.find((k) => k.id === to.value) ?? kinds[0]);
          }}
        >
          {kinds.map(({ id, text }) => (
            <Radio key={id} value={id} label={text} />
          ))}
        </RadioGroup>
      </Field>
      {kind.fields.map((field) => (
        <Field key={field} label={labels[field].label} hint={labels[field].hint} required={labels[field].needed} validationMessage={tried ? problems[field] : undefined}>
          <Input
            autoComplete="off"
            spellCheck={false}
            value={draft[field]}
            onChange={(_, to) => {
              setDraft({ ...draft, [field]: field === "title" ? to.value : to.value.trim() });
            }}
          />
        </Field>
      ))}
      <CredentialFields draft={credential} problems={tried ? lacks : {}} onChange={setCredential} />
    </FormDialog>
  );
}
