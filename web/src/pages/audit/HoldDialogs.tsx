import { Field, Input, Text } from "@fluentui/react-components";
import { useState } from "react";
import type { Hold, HoldSettings } from "../../api/auditlog";
import { evidence as said } from "../../messages/auditevidence";
import type { Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";

interface Props<T> {
  busy: boolean;
  trouble: Trouble | undefined;
  onSubmit: (body: T) => void;
  onCancel: () => void;
}

export function PlaceHold({ busy, trouble, onSubmit, onCancel }: Props<HoldSettings>) {
  const [reason, setReason] = useState("");
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const [wanting, setWanting] = useState(false);
  const submit = () => {
    setWanting(reason.trim() === "");
    if (reason.trim() !== "") onSubmit({ reason: reason.trim(), ...(from ? { from } : {}), ...(until ? { until } : {}) });
  };
  return (
    <FormDialog title={said.place} action={said.place} busy={busy} trouble={trouble} onSubmit={submit} onCancel={onCancel}>
      <Text>{said.placeText}</Text>
      <Reason value={reason} wanting={wanting} onChange={setReason} />
      <Field label={said.from} hint={said.fromHint}>
        <Input type="month" value={from} onChange={(_, to) => { setFrom(to.value); }} />
      </Field>
      <Field label={said.until} hint={said.untilHint}>
        <Input type="month" value={until} onChange={(_, to) => { setUntil(to.value); }} />
      </Field>
    </FormDialog>
  );
}

export function WithdrawHold({ hold, busy, trouble, onSubmit, onCancel }: Props<string> & { hold: Hold }) {
  const [reason, setReason] = useState("");
  const [wanting, setWanting] = useState(false);
  const submit = () => {
    setWanting(reason.trim() === "");
    if (reason.trim() !== "") onSubmit(reason.trim());
  };
  return (
    <FormDialog title={said.withdrawTitle(hold.reason)} action={said.withdraw} busy={busy} trouble={trouble} onSubmit={submit} onCancel={onCancel}>
      <Text>{said.withdrawText}</Text>
      <Reason value={reason} wanting={wanting} onChange={setReason} />
    </FormDialog>
  );
}

function Reason({ value, wanting, onChange }: { value: string; wanting: boolean; onChange: (to: string) => void }) {
  return (
    <Field label={said.reason} hint={said.reasonHint} required validationMessage={wanting ? said.needsReason : undefined}>
      <Input value={value} maxLength={500} onChange={(_, to) => { onChange(to.value); }} />
    </Field>
  );
}
