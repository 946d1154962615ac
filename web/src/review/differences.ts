import type { ComparedAccess } from "../api/whatif";

type Tool = ComparedAccess["tools"][number];

export interface Difference {
  person: ComparedAccess;
  tools: { tool: string; conditional: boolean }[];
}

export interface Differences {
  gains: Difference[];
  losses: Difference[];
  cannotTell: Difference[];
}

const rank: Record<Tool["after"], number> = { none: 0, unknown: 0, conditional: 1, allowed: 2 };

function kindOf({ before, after }: Tool): keyof Differences {
  if (before === "unknown" || after === "unknown") return "cannotTell";
  return rank[after] > rank[before] ? "gains" : "losses";
}

/** Sorts what differs into what people gain, what they lose, and what cannot be told. */
export function differencesOf(people: ComparedAccess[]): Differences {
  const sorted: Differences = { gains: [], losses: [], cannotTell: [] };
  for (const person of people) {
    for (const kind of ["gains", "losses", "cannotTell"] as const) {
      const tools = person.tools.filter((tool) => kindOf(tool) === kind).map(({ tool, after }) => ({ tool, conditional: after === "conditional" }));
      if (tools.length > 0) sorted[kind].push({ person, tools });
    }
  }
  return sorted;
}
