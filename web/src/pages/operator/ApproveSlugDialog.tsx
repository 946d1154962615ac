import { Field, Input } from "@fluentui/react-components";
import { useState } from "react";
import { operator } from "../../messages/operator";
import type { Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";

const said = operator.slugs;

interface Props {
  busy: boolean;
  trouble: Trouble | undefined;
  onSubmit: (wanted: { slug: string; tid: string }) => void;
  onCancel: () => void;
}

export function ApproveSlugDialog({ busy, trouble, onSubmit, onCancel }: Props) {
  const [slug, setSlug] = useState("");
  const [tid, setTid] = useState("");
  const submit = () => {
    onSubmit({ slug: slug.trim(), tid: tid.trim() });
  };
  return (
    <FormDialog title={said.add} action={said.add} busy={busy} trouble={trouble} onSubmit={submit} onCancel={onCancel}>
      <Field label={said.slug} required hint={said.slugHint}>
        <Input
          value={slug}
          maxLength={40}
          autoComplete="off"
          spellCheck={false}
          onChange={(_, to) => {
            setSlug(to.value);
          }}
        />
      </Field>
      <Field label={said.tenant} required>
        <Input
          value={tid}
          maxLength={36}
          autoComplete="off"
          spellCheck={false}
          onChange={(_, to) => {
            setTid(to.value);
          }}
        />
      </Field>
    </FormDialog>
  );
}
