import type { Recording, RecordingSettings } from "../../api/recordings";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import type { Trouble } from "../../ui/Failure";
import { linesOf, useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { ChoiceInput, TextInput } from "../../ui/inputs";

const said = settings.recording;

interface Props {
  recording?: Recording; // undefined: a new one
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (name: string, body: RecordingSettings) => void;
  onCancel: () => void;
}

const bodies = [["none", said.bodiesLong.none], ["redacted", said.bodiesLong.redacted], ["full", said.bodiesLong.full]] as const;

export function RecordingDialog({ recording, busy, trouble, onSave, onCancel }: Props) {
  const [form, to] = useFields(() => ({
    name: recording?.name ?? "",
    tool: recording?.tool ?? "",
    bodies: recording?.bodies ?? "none",
    arguments: recording?.arguments?.join("\n") ?? "",
    result: recording?.result?.join("\n") ?? "",
  }));
  return (
    <FormDialog
      title={recording ? said.edit(recording.name) : said.add}
      action={recording ? messages.save : said.add}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        onSave(form.name.trim(), { tool: form.tool.trim(), bodies: form.bodies, arguments: linesOf(form.arguments), result: linesOf(form.result) });
      }}
    >
      {!recording && <TextInput label={settings.name} hint={settings.nameHint} required value={form.name} onChange={to("name")} />}
      <TextInput label={said.tool} hint={said.toolHint} required value={form.tool} onChange={to("tool")} />
      <ChoiceInput label={said.bodies} value={form.bodies} options={bodies} onChange={to("bodies")} />
      <TextInput label={said.argumentFields} hint={said.fieldsHint} lines={3} value={form.arguments} onChange={to("arguments")} />
      <TextInput label={said.resultFields} hint={said.fieldsHint} lines={3} value={form.result} onChange={to("result")} />
    </FormDialog>
  );
}
