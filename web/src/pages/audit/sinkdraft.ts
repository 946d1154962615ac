import type { Sink, SinkKind, SinkSettings } from "../../api/sinks";
import { isAddress } from "../../ui/MailboxInput";

// A sink as its form has it. What only another kind has is left out of what is sent.

export interface SinkDraft {
  name: string;
  kind: SinkKind;
  email: string;
  url: string;
  store: "azure" | "s3";
  keyId: string;
  region: string;
  rule: string;
  stream: string;
  header: string;
  checkpoints: boolean;
  records: boolean;
  minutes: string;
  format: "gatehouse" | "ocsf";
}

export function draftOf(sink: Sink | undefined): SinkDraft {
  return {
    name: sink?.name ?? "",
    kind: sink?.kind ?? "mailbox",
    email: sink?.email ?? "",
    url: sink?.url ?? "",
    store: sink?.keyId === undefined ? "azure" : "s3",
    keyId: sink?.keyId ?? "",
    region: sink?.region ?? "",
    rule: sink?.rule ?? "",
    stream: sink?.stream ?? "",
    header: sink?.header ?? "",
    checkpoints: sink?.checkpoints ?? true,
    records: sink?.records ?? false,
    minutes: String((sink?.everySeconds ?? 3600) / 60),
    format: sink?.format ?? "gatehouse",
  };
}

/** Whether sinks of a kind can get records as events of OCSF. */
export const takesEvents = (kind: SinkKind) => kind !== "mailbox" && kind !== "syslog";

/** What the draft brings records: a mailbox gets none, whatever was chosen before. */
export const bringsRecords = ({ kind, records }: SinkDraft) => records && kind !== "mailbox";

/** What of a draft is wrong, before the server is asked. */
export function complaintsOf(draft: SinkDraft): ("email" | "minutes" | "nothing")[] {
  const minutes = Number(draft.minutes);
  const found: ("email" | "minutes" | "nothing")[] = [];
  if (draft.kind === "mailbox" && !isAddress(draft.email)) found.push("email");
  if (draft.checkpoints && !(minutes >= 5 && minutes <= 1440)) found.push("minutes");
  if (!draft.checkpoints && !bringsRecords(draft)) found.push("nothing");
  return found;
}

export function settingsOf(draft: SinkDraft): SinkSettings {
  const { kind, checkpoints } = draft;
  const records = bringsRecords(draft);
  const seconds = Math.round(Number(draft.minutes) * 60);
  const settings: SinkSettings = { kind, checkpoints, records, ...(seconds >= 300 && seconds <= 86_400 ? { everySeconds: seconds } : {}) };
  if (records && takesEvents(kind)) settings.format = draft.format;
  if (kind === "mailbox") return { ...settings, email: draft.email.trim() };
  settings.url = draft.url.trim();
  if (kind === "storage" && draft.store === "s3") return { ...settings, keyId: draft.keyId.trim(), region: draft.region.trim() };
  if (kind === "sentinel") return { ...settings, rule: draft.rule.trim(), stream: draft.stream.trim() };
  if (kind === "otlp" && draft.header.trim() !== "") return { ...settings, header: draft.header.trim() };
  return settings;
}

export type SecretKind = "azure" | "s3" | "otlp" | "syslog";

/** What a sink has as a secret that is given; undefined: none, or one that is made for it. */
export function secretOf({ kind, keyId, header }: Sink): SecretKind | undefined {
  if (kind === "storage") return keyId === undefined ? "azure" : "s3";
  if (kind === "syslog") return "syslog";
  return kind === "otlp" && header !== undefined ? "otlp" : undefined;
}

/** Whether a sink can take nothing, because its secret was not given. */
export const wantsSecret = (sink: Sink) => !sink.hasSecret && sink.kind !== "syslog" && secretOf(sink) !== undefined;

/** Whether its secret says whose account gets the log's records, which only an owner decides. */
const secretSaysWhose = ({ kind, records }: Sink) => records === true && (kind === "otlp" || kind === "syslog");

/** Whether somebody may give a sink its secret. */
export const mayGive = (sink: Sink, owner: boolean) => secretOf(sink) !== undefined && (owner || !secretSaysWhose(sink));
