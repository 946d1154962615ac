import { Field, Input, Select } from "@fluentui/react-components";
import { sources } from "../../messages/sources";
import { type CredentialDraft, type CredentialField, type CredentialKind, fieldsOf, secrets } from "./credential";

const said = sources.credential;
const kinds = Object.keys(fieldsOf) as CredentialKind[];

const hints: Partial<Record<CredentialField, string>> = { header: said.headerHint, scopes: said.scopesHint, value: said.writeOnly, secret: said.writeOnly };

interface Props {
  draft: CredentialDraft;
  problems: Partial<Record<CredentialField, string>>;
  onChange: (draft: CredentialDraft) => void;
}

/** How Gatehouse signs in to a source. What is secret can be typed, and never read. */
export function CredentialFields({ draft, problems, onChange }: Props) {
  const { needs, takes } = fieldsOf[draft.kind];
  return (
    <>
      <Field label={said.kind} hint={said.hints[draft.kind]}>
        <Select
          value={draft.kind}
          onChange={(_, to) => {
            const kind = kinds.find((k) => k === to.value);
            if (kind) onChange({ ...draft, kind, value: "", secret: "" });
          }}
        >
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {said.kinds[kind]}
            </option>
          ))}
        </Select>
      </Field>
      {[...needs, ...takes].map((field) => (
        <Field
          key={field}
          label={said[field]}
          required={needs.includes(field)}
          hint={field === "clientId" && draft.kind === "user_authorization" ? said.clientIdOptional : hints[field]}
          validationMessage={problems[field]}
        >
          <Input
            type={secrets.includes(field) ? "password" : "text"}
            autoComplete={secrets.includes(field) ? "new-password" : "off"}
            spellCheck={false}
            value={draft[field]}
            onChange={(_, to) => {
              onChange({ ...draft, [field]: to.value });
            }}
          />
        </Field>
      ))}
    </>
  );
}
