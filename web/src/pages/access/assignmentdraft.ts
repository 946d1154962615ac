import type { Assignment, AssignmentSettings, SubjectKind } from "../../api/access";
import { assignments as said } from "../../messages/assignments";
import { isObjectId } from "../../ui/objectid";
import { hasValue } from "./words";

/** An assignment while it is edited. */
export interface AssignmentDraft {
  role: string; // its id; empty: not chosen
  kind: SubjectKind;
  value: string;
  name: string;
  ends: string; // a day, as in 2027-01-31; empty: no end
}

export const draftOf = ({ role, subject, name, endsAt }: Partial<AssignmentSettings>): AssignmentDraft => ({
  role: role ?? "",
  kind: subject?.kind ?? "group",
  value: subject?.value ?? "",
  name: name ?? "",
  ends: endsAt?.slice(0, 10) ?? "",
});

function endOf(ends: string, before: string | undefined): string | undefined {
  if (ends === "") return undefined;
  return before?.startsWith(ends) ? before : `${ends}T23:59:59Z`; // an end within the day stays as it was
}

export function settingsOf(d: AssignmentDraft, before: Assignment | undefined): AssignmentSettings {
  const valued = hasValue(d.kind);
  const endsAt = endOf(d.ends, before?.endsAt);
  return {
    role: d.role,
    subject: { kind: d.kind, ...(valued && { value: d.value.trim() }) },
    ...(valued && d.name && { name: d.name }),
    ...(endsAt && { endsAt }),
  };
}

export interface Complaints {
  role?: string;
  value?: string;
}

export function complaintsOf(d: AssignmentDraft): Complaints {
  return { role: d.role === "" ? said.roleMissing : undefined, value: hasValue(d.kind) ? valueComplaint(d) : undefined };
}

function valueComplaint({ kind, value }: AssignmentDraft): string | undefined {
  if (value.trim() === "") return said.valueMissing;
  return (kind === "group" || kind === "person") && !isObjectId(value) ? said.idWrong : undefined;
}
