import type { Question } from "../../api/decision";

// What of a page about access is in its address, so that it can be sent to a colleague.

type Unread = Record<string, unknown>;

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

export interface RolesSearch {
  find?: string;
  role?: string; // whose editor is open; "new" for one that does not exist yet
}

export const rolesSearch = (search: Unread): RolesSearch => ({ find: text(search["find"]), role: text(search["role"]) });

export interface MatrixSearch {
  find?: string;
  role?: string;
  tool?: string; // with role: the cell whose reasons are shown
}

export const matrixSearch = (search: Unread): MatrixSearch => ({ find: text(search["find"]), role: text(search["role"]), tool: text(search["tool"]) });

export interface AssignmentsSearch {
  find?: string;
  assign?: string; // the tool role that is being assigned; "new" for none yet
}

export const assignmentsSearch = (search: Unread): AssignmentsSearch => ({ find: text(search["find"]), assign: text(search["assign"]) });

export interface ExplorerSearch {
  person?: string;
  client?: string;
  tool?: string;
  args?: string;
  guest?: boolean;
}

export const explorerSearch = (search: Unread): ExplorerSearch => ({
  person: text(search["person"]),
  client: text(search["client"]),
  tool: text(search["tool"]),
  args: text(search["args"]) ?? (typeof search["args"] === "object" && search["args"] !== null ? JSON.stringify(search["args"]) : undefined),
  guest: search["guest"] === true ? true : undefined,
});

/** The question of an address; nothing while part of it is missing. */
export function questionOf({ person, client, tool, args, guest }: ExplorerSearch): Question | undefined {
  if (!person || !client || !tool) return undefined;
  return { person, client, tool, ...(guest && { guest }), ...argumentsOf(args) };
}

function argumentsOf(text: string | undefined): { arguments?: unknown } {
  if (!text) return {};
  try {
    return { arguments: JSON.parse(text) as unknown };
  } catch {
    return {};
  }
}
