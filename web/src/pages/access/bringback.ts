import type { Assignment } from "../../api/access";
import { roles as said } from "../../messages/roles";
import { troubleOf } from "../../trouble";

/** Something that an Undo brought back in part, in words for people. */
export class InPart extends Error {}

/** Whether an assignment has not ended. One that has cannot be made again. */
export const lasts = ({ endsAt }: Pick<Assignment, "endsAt">, now: number) => endsAt === undefined || Date.parse(endsAt) > now;

/** Makes assignments again, those that have ended left out. One that fails does not keep the others away; InPart says how many came back. */
export async function broughtBack(assignments: Assignment[], make: (assignment: Assignment) => Promise<unknown>) {
  const wanted = assignments.filter((assignment) => lasts(assignment, Date.now()));
  let back = 0;
  let failure: unknown;
  for (const assignment of wanted) {
    try {
      await make(assignment);
      back++;
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw new InPart(said.backInPart(back, wanted.length, troubleOf(failure).text));
}
