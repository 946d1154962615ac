import { Text } from "@fluentui/react-components";
import { useState } from "react";
import type { Sink, SinkSettings } from "../../api/sinks";
import { messages } from "../../messages/common";
import { sinks as said } from "../../messages/sinks";
import type { Trouble } from "../../ui/Failure";
import { useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { CheckInput, SelectInput, TextInput } from "../../ui/inputs";
import { bringsRecords, complaintsOf, draftOf, settingsOf, type SinkDraft, takesEvents } from "./sinkdraft";
import { SinkPlace } from "./SinkPlace";

interface Props {
  sink?: Sink; // undefined: a new one
  owner: boolean;
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (name: string, body: SinkSettings) => void;
  onCancel: () => void;
}

const kinds = (["mailbox", "webhook", "storage", "sentinel", "otlp", "syslog"] as const).map((kind) => [kind, said.kinds[kind]] as const);
const formats = [["gatehouse", said.formats.gatehouse], ["ocsf", said.formats.ocsf]] as const;

/** A sink of any kind: where it is, and what it gets. */
export function SinkDialog({ sink, owner, busy, trouble, onSave, onCancel }: Props) {
  const [draft, to] = useFields<SinkDraft>(() => draftOf(sink));
  const [checked, setChecked] = useState(false);
  const wrong = checked ? complaintsOf(draft) : [];
  const mayBring = owner || sink?.records === true;
  return (
    <FormDialog
      title={sink ? said.edit(sink.name) : said.add}
      action={sink ? messages.save : said.add}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        setChecked(true);
        if (complaintsOf(draft).length === 0) onSave(draft.name.trim(), settingsOf(draft));
      }}
    >
      {!sink && <TextInput label={said.name} hint={said.nameHint} required value={draft.name} onChange={to("name")} />}
      {!sink && <SelectInput label={said.kind} value={draft.kind} options={kinds} onChange={to("kind")} />}
      <SinkPlace draft={draft} to={to} wrong={wrong.includes("email")} />
      {sink && <Text>{said.moved}</Text>}
      <CheckInput label={said.getsCheckpoints} hint={said.getsCheckpointsHint} checked={draft.checkpoints} onChange={to("checkpoints")} />
      {draft.checkpoints && (
        <TextInput label={said.minutes} hint={said.minutesHint} type="number" min="5" max="1440" value={draft.minutes} complaint={wrong.includes("minutes") ? said.minutesWrong : undefined} onChange={to("minutes")} />
      )}
      {draft.kind !== "mailbox" && (
        <CheckInput label={said.getsRecords} hint={mayBring ? said.getsRecordsHint : said.getsRecordsOwners} checked={draft.records} disabled={!mayBring} onChange={to("records")} />
      )}
      {bringsRecords(draft) && takesEvents(draft.kind) && <SelectInput label={said.format} value={draft.format} options={formats} onChange={to("format")} />}
      {wrong.includes("nothing") && <Text role="alert">{said.getsNothing}</Text>}
    </FormDialog>
  );
}
