import type { SetupState } from "../../api/setup";

/** How far a step is. Choosing an own app is done by registering it, so that both have their turn at once. */
export function farOf(state: SetupState, id: string): SetupState["steps"][number]["state"] {
  const step = state.steps.find((one) => one.id === id);
  const choosing = state.steps.some((one) => one.id === "permissions" && one.state === "current");
  return id === "connection" && choosing ? "current" : (step?.state ?? "todo");
}

/** Whether the doctor can look: as soon as there is a connection, and most of all where a later step does not go on. */
export function examinable(state: SetupState): boolean {
  return state.steps.some((one) => one.id === "connection" && one.state === "done");
}
