import type { Assignment, AssignmentSettings, ListedApp, Permission } from "../../api/access";
import type { Proposal } from "../../api/whatif";

type Subject = AssignmentSettings["subject"];
const same = (a: { kind: string; value?: string }, b: { kind: string; value?: string }) => a.kind === b.kind && (a.value ?? "").toLowerCase() === (b.value ?? "").toLowerCase();

/** A role as it would be. A new name alone changes nothing, so that an old role is proposed under the name it has. */
export const roleProposal = (name: string, permissions: Permission[]): Proposal => ({ put: { roles: [{ name, permissions }] } });

export const withoutRole = (name: string): Proposal => ({
  key: `without role ${name}`,
  whole: (now) => ({ roles: (now.roles ?? []).filter((role) => role.name !== name), assignments: (now.assignments ?? []).filter((a) => a.role !== name) }),
});

interface Given {
  role: string; // its name
  subject: Subject;
  endsAt?: string;
}

/** An assignment as it would be, in place of another where there was one. */
export function assignmentProposal(given: Given, before: { role: string; subject: Subject } | undefined): Proposal {
  const entry = { role: given.role, subject: given.subject, ...(given.endsAt && { endsAt: given.endsAt }) };
  if (!before || (before.role === given.role && same(before.subject, given.subject))) return { put: { assignments: [entry] } };
  return {
    key: JSON.stringify(["instead", before, entry]),
    whole: (now) => ({ assignments: [...(now.assignments ?? []).filter((a) => a.role !== before.role || !same(a.subject, before.subject)), entry] }),
  };
}

export const withoutAssignment = (role: string, { subject }: Assignment): Proposal => ({
  key: JSON.stringify(["without", role, subject]),
  whole: (now) => ({ assignments: (now.assignments ?? []).filter((a) => a.role !== role || !same(a.subject, subject)) }),
});

export const appProposal = ({ id, name }: ListedApp, patterns: string[] | undefined): Proposal => ({ put: { clients: [{ id, name, ...(patterns && { maximumPermissions: patterns }) }] } });

export const scopeProposal = (scope: string, patterns: string[]): Proposal => ({ put: { scopeCeilings: [{ scope, patterns }] } });

export const withoutScope = (scope: string): Proposal => ({
  key: `without scope ${scope}`,
  whole: (now) => ({ scopeCeilings: (now.scopeCeilings ?? []).filter((s) => s.scope !== scope) }),
});
