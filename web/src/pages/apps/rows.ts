import type { ClientRequest, ListedClient } from "../../api/clients";
import type { SeenApp } from "../../api/apps";

/** One AI app: what was seen of it, and what was decided about it. */
export interface AppRow {
  id: string;
  name: string;
  host: string | undefined;
  verified: boolean;
  seen: SeenApp | undefined;
  listed: ListedClient | undefined;
  waits: boolean;
}

/** What an application (client) ID looks like: Entra knows whose it is. */
const registration = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Puts together what was seen and what is listed, the last used first. */
export function rowsOf(seen: SeenApp[], listed: ListedClient[], waiting: ClientRequest[]): AppRow[] {
  const byId = new Map(listed.map((client) => [client.id, client]));
  const waits = new Set(waiting.map((request) => request.software));
  const used = seen.map((app): AppRow => {
    const client = byId.get(app.software);
    return { id: app.software, name: client?.name ?? app.name ?? app.software, host: app.host, verified: app.verified, seen: app, listed: client, waits: waits.has(app.software) };
  });
  const known = new Set(seen.map((app) => app.software));
  const unused = listed.filter(({ id }) => !known.has(id)).map((client): AppRow => ({ id: client.id, name: client.name, host: undefined, verified: registration.test(client.id), seen: undefined, listed: client, waits: false }));
  return [...used, ...unused];
}

/** What the list of clients says of an app. An entry for a host covers all of its documents. */
export function stateOf(row: AppRow): "listed" | "waits" | "unlisted" {
  if (row.listed || row.seen?.listed) return "listed";
  return row.waits ? "waits" : "unlisted";
}

/** Whether an app has a text in its name, its host or its id. */
export function matches(row: AppRow, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [row.name, row.seen?.name, row.host, row.id].some((part) => part?.toLowerCase().includes(wanted));
}
