import type { Assignment, Permission, SubjectKind } from "../../api/access";
import { access as said } from "../../messages/access";
import { clausesOf } from "./condition";

/** Whether an assignment to a kind of subject says to which one. */
export const hasValue = (kind: SubjectKind) => kind === "group" || kind === "person" || kind === "app_role" || kind === "client";

/** What an assignment's subject is called: its name, else its value, else its kind. */
export function subjectOf({ name, subject }: Pick<Assignment, "name" | "subject">): string {
  if (name) return name;
  return subject.value ?? said.kinds[subject.kind];
}

/** A condition for people, where it can be put into words; otherwise as it is written. */
export function conditionText(cel: string): string {
  const clauses = clausesOf(cel);
  if (!clauses) return cel;
  return clauses.map((c) => said.clause(c.field, said.operators[c.operator], c.value, c.optional)).join(said.and);
}

/** A permission in one line. */
export function permissionText(p: Permission): string {
  const conditions = [p.condition && conditionText(p.condition), p.authenticationContext && said.stepUp(p.authenticationContext)].filter((part) => part);
  return said.permission(said.effects[p.effect], p.patterns.join(", "), conditions.join(said.and));
}
