import type { NewSourceCredential } from "../../api/sources";
import { sources as said } from "../../messages/sources";

export type CredentialKind = NewSourceCredential["kind"];

/** What somebody has typed of a credential. It is kept nowhere but in the form. */
export interface CredentialDraft {
  kind: CredentialKind;
  header: string;
  value: string;
  scopes: string;
  tokenUrl: string;
  clientId: string;
  secret: string;
}

export type CredentialField = Exclude<keyof CredentialDraft, "kind">;

export const blank: CredentialDraft = { kind: "none", header: "", value: "", scopes: "", tokenUrl: "", clientId: "", secret: "" };

/** The fields of each kind, and which of them may be left empty. */
export const fieldsOf: Record<CredentialKind, { needs: readonly CredentialField[]; takes: readonly CredentialField[] }> = {
  none: { needs: [], takes: [] },
  header: { needs: ["header", "value"], takes: [] },
  on_behalf_of: { needs: ["scopes"], takes: [] },
  client_credentials: { needs: ["tokenUrl", "clientId", "secret"], takes: ["scopes"] },
  user_authorization: { needs: [], takes: ["clientId", "secret", "scopes"] },
};

export const secrets: readonly CredentialField[] = ["value", "secret"];

export function problemsOf(draft: CredentialDraft): Partial<Record<CredentialField, string>> {
  return Object.fromEntries(fieldsOf[draft.kind].needs.filter((field) => draft[field].trim() === "").map((field) => [field, said.credential.required]));
}

/** The credential as it is sent: nothing that its kind does not have. */
export function credentialOf(draft: CredentialDraft): NewSourceCredential {
  const { needs, takes } = fieldsOf[draft.kind];
  const has = (field: CredentialField) => (needs.includes(field) || takes.includes(field)) && draft[field].trim() !== "";
  return {
    kind: draft.kind,
    ...(has("header") && { header: draft.header.trim() }),
    ...(has("value") && { value: draft.value }),
    ...(has("tokenUrl") && { tokenUrl: draft.tokenUrl.trim() }),
    ...(has("clientId") && { clientId: draft.clientId.trim() }),
    ...(has("secret") && { secret: draft.secret }),
    ...(has("scopes") && { scopes: draft.scopes.trim().split(/\s+/) }),
  };
}
