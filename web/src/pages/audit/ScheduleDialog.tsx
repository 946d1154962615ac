import { Field, Input, Select } from "@fluentui/react-components";
import { useState } from "react";
import type { NewSchedule } from "../../api/auditexports";
import { exports_ as said } from "../../messages/auditexports";
import type { Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";

interface Props {
  sinks: string[];
  busy: boolean;
  trouble: Trouble | undefined;
  onSubmit: (body: NewSchedule) => void;
  onCancel: () => void;
}

const periods = ["day", "week", "month"] as const;
const formats = ["evidence", "csv", "ocsf"] as const;

/** Has every record exported, each period. */
export function ScheduleDialog({ sinks, busy, trouble, onSubmit, onCancel }: Props) {
  const [name, setName] = useState("");
  const [every, setEvery] = useState<NewSchedule["every"]>("month");
  const [format, setFormat] = useState<NewSchedule["format"]>("evidence");
  const [sink, setSink] = useState(sinks[0] ?? "");
  const [wrong, setWrong] = useState(false);
  const submit = () => {
    const good = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
    setWrong(!good);
    if (good) onSubmit({ name, every, format, sink });
  };
  return (
    <FormDialog title={said.add} action={said.add} busy={busy} trouble={trouble} onSubmit={submit} onCancel={onCancel}>
      <Field label={said.name} hint={said.nameHint} required validationMessage={wrong ? said.nameWrong : undefined}>
        <Input value={name} maxLength={60} autoComplete="off" onChange={(_, to) => { setName(to.value); }} />
      </Field>
      <Field label={said.every}>
        <Select value={every} onChange={(_, to) => { setEvery(periods.find((one) => one === to.value) ?? every); }}>
          {periods.map((one) => (
            <option key={one} value={one}>
              {said.periods[one]}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={said.format} hint={said.formatText[format]}>
        <Select value={format} onChange={(_, to) => { setFormat(formats.find((one) => one === to.value) ?? format); }}>
          {formats.map((one) => (
            <option key={one} value={one}>
              {said.formats[one]}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={said.sinkColumn}>
        <Select value={sink} onChange={(_, to) => { setSink(to.value); }}>
          {sinks.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </Select>
      </Field>
    </FormDialog>
  );
}
