import type { CallLimit, CallLimitSettings } from "../../api/limits";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import type { Trouble } from "../../ui/Failure";
import { numberOf, textOf, useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { ChoiceInput, SelectInput, TextInput } from "../../ui/inputs";

const said = settings.limits;

interface Props {
  limit?: CallLimit; // undefined: a new one
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (name: string, body: CallLimitSettings) => void;
  onCancel: () => void;
}

const pers = [["caller", said.pers.caller], ["client", said.pers.client], ["tool", said.pers.tool]] as const;
const everys = [["second", said.everys.second], ["minute", said.everys.minute]] as const;
const uncounteds = [["admit", said.uncounteds.admit], ["refuse", said.uncounteds.refuse]] as const;

const typed = (n: number | undefined) => (n === undefined ? "" : String(n));

function fieldsOf(limit: CallLimit | undefined) {
  return {
    name: limit?.name ?? "",
    per: limit?.per ?? "caller",
    tool: limit?.tool ?? "",
    client: limit?.client ?? "",
    calls: typed(limit?.rate?.calls),
    every: limit?.rate?.every ?? "minute",
    burst: typed(limit?.rate?.burst),
    day: typed(limit?.callsPerDay),
    uncounted: limit?.whenUncounted ?? "admit",
  };
}

/** What a form says of a limit. */
export function limitOf(form: ReturnType<typeof fieldsOf>): CallLimitSettings {
  const calls = numberOf(form.calls);
  return {
    per: form.per,
    tool: form.per === "tool" ? textOf(form.tool) : undefined,
    client: form.per === "client" ? textOf(form.client) : undefined,
    rate: calls === undefined ? undefined : { calls, every: form.every, burst: numberOf(form.burst) },
    callsPerDay: numberOf(form.day),
    whenUncounted: form.uncounted,
  };
}

export function LimitDialog({ limit, busy, trouble, onSave, onCancel }: Props) {
  const [form, to] = useFields(() => fieldsOf(limit));
  return (
    <FormDialog
      title={limit ? said.edit(limit.name) : said.add}
      action={limit ? messages.save : said.add}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        onSave(form.name.trim(), limitOf(form));
      }}
    >
      {!limit && <TextInput label={settings.name} hint={settings.nameHint} required value={form.name} onChange={to("name")} />}
      <ChoiceInput label={said.per} value={form.per} options={pers} onChange={to("per")} />
      {form.per === "tool" && <TextInput label={said.toolOnly} hint={said.toolHint} required value={form.tool} onChange={to("tool")} />}
      {form.per === "client" && <TextInput label={said.clientOnly} hint={said.clientHint} value={form.client} onChange={to("client")} />}
      <TextInput label={said.calls} hint={said.callsHint} type="number" min="1" value={form.calls} onChange={to("calls")} />
      {form.calls !== "" && (
        <>
          <SelectInput label={said.every} value={form.every} options={everys} onChange={to("every")} />
          <TextInput label={said.burst} hint={said.burstHint} type="number" min="1" value={form.burst} onChange={to("burst")} />
        </>
      )}
      <TextInput label={said.perDay} hint={said.dayHint} type="number" min="1" value={form.day} onChange={to("day")} />
      <SelectInput label={said.uncounted} value={form.uncounted} options={uncounteds} onChange={to("uncounted")} />
    </FormDialog>
  );
}
