import type { LogRecord } from "../../api/auditrecords";
import { audit as said } from "../../messages/audit";
import { kinds, reasons } from "../../messages/auditkinds";

// What a record says, in words. Its fields are those of docs/audit-events.md.

type Fields = LogRecord["fields"];

export const textOf = (fields: Fields, name: string): string | undefined => {
  const v = fields[name];
  return typeof v === "string" && v !== "" ? v : undefined;
};
export const numberOf = (fields: Fields, name: string): number | undefined => {
  const v = fields[name];
  return typeof v === "number" ? v : undefined;
};
export const listOf = (fields: Fields, name: string): string[] => {
  const v = fields[name];
  return Array.isArray(v) ? v.map(String) : [];
};

export const idOf = ({ fields, seq }: LogRecord): string => textOf(fields, "id") ?? `#${seq}`;

export function whoOf(fields: Fields): string {
  const name = textOf(fields, "actor_name");
  if (textOf(fields, "actor_kind") === "system") return name ? `${said.system} (${name})` : said.system;
  return name ?? textOf(fields, "actor_oid") ?? said.nobody;
}

/** What to call an AI app: as the console knows it, or by its client ID. */
export const appOf = (client: string, known: { value: string; text: string }[]): string => known.find(({ value }) => value === client)?.text ?? client;

export const kindOf = (fields: Fields): string => kinds[textOf(fields, "kind") ?? ""] ?? textOf(fields, "kind") ?? said.record;

/** What it was about: the tool, or whatever else is named. */
export function aboutOf(fields: Fields): string | undefined {
  return textOf(fields, "tool") ?? textOf(fields, "target") ?? textOf(fields, "subject_name") ?? textOf(fields, "detail");
}

const instants = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23", timeZone: "UTC" });

export const instantOf = (at: string | number): string => instants.format(new Date(at));

export function timeOf(fields: Fields): string {
  const at = textOf(fields, "at") ?? textOf(fields, "sealed_at");
  return at ? instantOf(at) : "";
}

/** Why it was decided as it was, sentence by sentence. */
export function why(fields: Fields): string[] {
  const sentences: string[] = [];
  const outcome = textOf(fields, "outcome");
  const reason = textOf(fields, "reason");
  if (textOf(fields, "phase") === "intent") sentences.push(said.intentWhy);
  else if (outcome === "ok") sentences.push(said.allowed);
  else if (outcome === "tool_error") sentences.push(said.toolFailed);
  else if (outcome === "fault") sentences.push(said.fault);
  else if (outcome === "unknown") sentences.push(said.unknown);
  else if (outcome === "refused") sentences.push(said.refused);
  if (reason) sentences.push(reasons[reason] ?? said.unlisted(reason));
  const code = numberOf(fields, "entra_code");
  if (code) sentences.push(said.entra(code));
  const roles = listOf(fields, "roles");
  const source = textOf(fields, "membership_source");
  if (roles.length > 0) sentences.push(said.rolesHeld(roles.join(", ")));
  else if (source) sentences.push(said.noRoles);
  if (source === "graph" || source === "token" || source === "none") sentences.push(said.membership[source](numberOf(fields, "membership_age_s")));
  const scopes = listOf(fields, "scopes");
  if (scopes.length > 0) sentences.push(said.scopes(scopes.join(", ")));
  const policy = numberOf(fields, "policy");
  if (policy) sentences.push(said.policy(policy));
  return sentences;
}

/** A value of a field as text; JSON of an object is spread over lines. */
export function shownValue(v: unknown): string {
  if (Array.isArray(v)) return v.join(", ");
  return typeof v === "string" ? v : JSON.stringify(v);
}

export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
