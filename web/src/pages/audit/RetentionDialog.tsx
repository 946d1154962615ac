import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { Settled } from "../../api/state";
import { messages } from "../../messages/common";
import { retention as said } from "../../messages/retention";
import type { Trouble } from "../../ui/Failure";
import { useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { TextInput } from "../../ui/inputs";
import { dateOf, daysWaiting, effectOf, monthsWaiting, oldestBody, oldestMonth } from "./retention";

export interface Retention {
  retentionMonths: number;
  bodyDays: number;
}

interface Props {
  organization: Settled;
  held: boolean; // there is a legal hold
  now: number;
  counted: (oldest: number) => string; // how many records are older than that
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (retention: Retention) => void;
  onCancel: () => void;
}

const useStyles = makeStyles({ bar: { whiteSpace: "normal" }, lines: { display: "grid", gap: tokens.spacingVerticalS } });

const within = (text: string, most: number) => /^\d+$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= most;

/** How long the log is kept. Before it gets less, what will be gone is said, and the organization is named. */
export function RetentionDialog({ organization: { name, log }, held, now, counted, busy, trouble, onSave, onCancel }: Props) {
  const styles = useStyles();
  const [form, to] = useFields(() => ({ months: String(log.retentionMonths), days: String(log.bodyDays), typed: "" }));
  const [checked, setChecked] = useState(false);
  const [monthsGood, daysGood] = [within(form.months, 120), within(form.days, 3650)];
  const [months, days] = [monthsGood ? Number(form.months) : log.retentionMonths, daysGood ? Number(form.days) : log.bodyDays];
  const from = effectOf(months, log.retentionMonths, monthsWaiting(log, now), now);
  const bodiesFrom = effectOf(days, log.bodyDays, daysWaiting(log, now), now);
  const shortens = months < log.retentionMonths || days < log.bodyDays;
  const good = monthsGood && daysGood && (!shortens || form.typed === name);
  const lines: string[] = [];
  if (from !== undefined) {
    const oldest = oldestMonth(months, from);
    lines.push(said.goesFrom(dateOf(from), dateOf(oldest)), counted(oldest));
  }
  if (bodiesFrom !== undefined) lines.push(said.bodiesGo(dateOf(bodiesFrom), dateOf(oldestBody(days, months, bodiesFrom))));
  if (held) lines.push(said.held);
  return (
    <FormDialog
      title={said.dialogTitle(name)}
      action={messages.save}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        setChecked(true);
        if (good) onSave({ retentionMonths: months, bodyDays: days });
      }}
    >
      <TextInput label={said.monthsLabel} hint={said.monthsHint} type="number" min="1" max="120" required value={form.months} complaint={checked && !monthsGood ? said.monthsWrong : undefined} onChange={to("months")} />
      <TextInput label={said.daysLabel} hint={said.daysHint} type="number" min="1" max="3650" required value={form.days} complaint={checked && !daysGood ? said.daysWrong : undefined} onChange={to("days")} />
      {(from !== undefined || bodiesFrom !== undefined) && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody className={styles.bar}>
            <MessageBarTitle>{said.goes}</MessageBarTitle>
            <div className={styles.lines}>
              {[...lines, said.until].map((line) => (
                <Text key={line}>{line}</Text>
              ))}
            </div>
          </MessageBarBody>
        </MessageBar>
      )}
      {shortens && <TextInput label={said.typed(name)} required value={form.typed} complaint={checked && form.typed !== name ? said.typedWrong(name) : undefined} onChange={to("typed")} />}
    </FormDialog>
  );
}
