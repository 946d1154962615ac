import type { Tool } from "../../api/tools";

/** What the list is narrowed to; it stands in the address. */
export interface ToolFilter {
  text?: string;
  effect?: NonNullable<Tool["effect"]>;
  state?: "on" | "off" | "held";
  source?: string; // empty: the platform's own
}

/** Whether a tool can be called at all. */
export const stateOf = (tool: Tool): "on" | "off" | "held" => {
  if (tool.reason) return "held";
  return tool.enabled ? "on" : "off";
};

const oneOf = <T extends string>(value: unknown, all: readonly T[]): T | undefined => all.find((one) => one === value);

/** Reads a filter from an address; what it does not know it leaves out. */
export function readFilter(search: Record<string, unknown>): ToolFilter {
  const { text, effect, state, source } = search;
  return {
    ...(typeof text === "string" && text !== "" && { text }),
    ...(oneOf(effect, ["read", "write", "destructive"]) && { effect: oneOf(effect, ["read", "write", "destructive"]) }),
    ...(oneOf(state, ["on", "off", "held"]) && { state: oneOf(state, ["on", "off", "held"]) }),
    ...(typeof source === "string" && { source }),
  };
}

/** The tools of a list that a filter lets through. Prompts and resources are none. */
export function filtered(all: Tool[], filter: ToolFilter): Tool[] {
  const text = filter.text?.trim().toLowerCase() ?? "";
  return all
    .filter(
      (tool) =>
        tool.kind === "tool" &&
        tool.name.toLowerCase().includes(text) &&
        (filter.effect === undefined || tool.effect === filter.effect) &&
        (filter.state === undefined || stateOf(tool) === filter.state) &&
        (filter.source === undefined || (tool.source ?? "") === filter.source),
    )
    .sort((a, b) => a.name.localeCompare(b.name, "en-US"));
}
