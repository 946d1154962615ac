import type { Definition } from "../../api/definitions";

/** The definition that a source's page shows the details of; it stands in the address. */
export interface Selection {
  kind?: Definition["kind"];
  definition?: string;
}

const kinds: readonly Definition["kind"][] = ["tool", "prompt", "resource", "resource_template", "instructions"];

export function readDefinition(search: Record<string, unknown>): Selection {
  const kind = kinds.find((k) => k === search.kind);
  return kind && typeof search.definition === "string" ? { kind, definition: search.definition } : {};
}
