import { sinks as said } from "../../messages/sinks";
import { MailboxInput } from "../../ui/MailboxInput";
import { ChoiceInput, TextInput } from "../../ui/inputs";
import type { SinkDraft } from "./sinkdraft";

interface Props {
  draft: SinkDraft;
  to: <K extends keyof SinkDraft>(key: K) => (value: SinkDraft[K]) => void;
  wrong: boolean; // its mailbox is
}

const stores = [["azure", said.stores.azure], ["s3", said.stores.s3]] as const;

/** Where a sink is, as its kind has it. */
export function SinkPlace({ draft, to, wrong }: Props) {
  const { kind } = draft;
  if (kind === "mailbox") return <MailboxInput value={draft.email} wrong={wrong} onChange={to("email")} />;
  return (
    <>
      {kind === "storage" && <ChoiceInput label={said.store} value={draft.store} options={stores} onChange={to("store")} />}
      <TextInput label={said.url[kind]} hint={said.urlHint[kind]} type="url" required value={draft.url} onChange={to("url")} />
      {kind === "storage" && draft.store === "s3" && (
        <>
          <TextInput label={said.keyId} required value={draft.keyId} onChange={to("keyId")} />
          <TextInput label={said.region} required value={draft.region} onChange={to("region")} />
        </>
      )}
      {kind === "sentinel" && (
        <>
          <TextInput label={said.rule} hint={said.ruleHint} required value={draft.rule} onChange={to("rule")} />
          <TextInput label={said.stream} hint={said.streamHint} required value={draft.stream} onChange={to("stream")} />
        </>
      )}
      {kind === "otlp" && <TextInput label={said.header} hint={said.headerHint} value={draft.header} onChange={to("header")} />}
    </>
  );
}
