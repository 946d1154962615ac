import { Field, Input, makeStyles, MessageBar, MessageBarBody, Radio, RadioGroup, Select } from "@fluentui/react-components";
import { useState } from "react";
import type { ExportFilter, NewExport } from "../../api/auditexports";
import type { LogFilter } from "../../api/auditrecords";
import { exports_ as said } from "../../messages/auditexports";
import type { Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";
import { neededBy } from "../../verify/filter";

interface Props {
  filter: LogFilter;
  size: number | undefined; // of the log
  sinks: string[]; // of kind storage
  busy: boolean;
  trouble: Trouble | undefined;
  onSubmit: (body: NewExport) => void;
  onCancel: () => void;
}

const useStyles = makeStyles({ statement: { overflowWrap: "anywhere" } });

/** The filter of a search as exports have it. */
export function exportFilter({ from, to, person, client, tool, kind, effect, outcome, role, text }: LogFilter): ExportFilter {
  return { from, to, people: person, clients: client, tools: tool, kinds: kind, effects: effect, outcomes: outcome, roles: role, text };
}

/** What the file will prove, before it is asked for. */
export function statement(format: NewExport["format"], completeness: "proven" | "none", filter: ExportFilter): string {
  if (format !== "evidence") return said.statementTable;
  const needed = neededBy(filter);
  if (needed.length === 0) return said.statementAll;
  return completeness === "proven" ? said.statementProven(needed.join(", ")) : said.statementNone;
}

const formats = ["evidence", "csv", "ocsf"] as const;

export function ExportForm({ filter, size, sinks, busy, trouble, onSubmit, onCancel }: Props) {
  const styles = useStyles();
  const [format, setFormat] = useState<NewExport["format"]>("evidence");
  const [completeness, setCompleteness] = useState<"proven" | "none">("proven");
  const [sink, setSink] = useState("");
  const [held, setHeld] = useState("");
  const [wrong, setWrong] = useState(false);
  const asked = exportFilter(filter);
  const submit = () => {
    const checkpoint = held === "" ? undefined : Number(held);
    const bad = checkpoint !== undefined && (!Number.isSafeInteger(checkpoint) || checkpoint < 1 || checkpoint > (size ?? checkpoint));
    setWrong(bad);
    if (bad) return;
    const evidence = format === "evidence";
    onSubmit({ format, filter: asked, ...(evidence ? { completeness } : {}), ...(evidence && checkpoint ? { checkpoints: [checkpoint] } : {}), ...(sink ? { sink } : {}) });
  };
  return (
    <FormDialog title={said.dialog} action={said.make} busy={busy} trouble={trouble} onSubmit={submit} onCancel={onCancel}>
      <Field label={said.format} hint={said.formatText[format]}>
        <RadioGroup
          value={format}
          onChange={(_, to) => {
            const chosen = formats.find((one) => one === to.value);
            if (chosen) setFormat(chosen);
          }}
        >
          {formats.map((one) => (
            <Radio key={one} value={one} label={said.formats[one]} />
          ))}
        </RadioGroup>
      </Field>
      {format === "evidence" && (
        <Field label={said.completeness}>
          <RadioGroup value={completeness} onChange={(_, to) => { setCompleteness(to.value === "none" ? "none" : "proven"); }}>
            <Radio value="proven" label={said.proven} />
            <Radio value="none" label={said.none} />
          </RadioGroup>
        </Field>
      )}
      <MessageBar intent={format === "evidence" && completeness === "proven" ? "info" : "warning"} layout="multiline">
        <MessageBarBody className={styles.statement}>{statement(format, completeness, asked)}</MessageBarBody>
      </MessageBar>
      {format === "evidence" && (
        <Field label={said.held} hint={said.heldHint} validationMessage={wrong ? said.heldWrong(size ?? 0) : undefined}>
          <Input inputMode="numeric" value={held} onChange={(_, to) => { setHeld(to.value.trim()); }} />
        </Field>
      )}
      {sinks.length > 0 && (
        <Field label={said.to}>
          <Select value={sink} onChange={(_, to) => { setSink(to.value); }}>
            <option value="">{said.download}</option>
            {sinks.map((name) => (
              <option key={name} value={name}>
                {said.sink(name)}
              </option>
            ))}
          </Select>
        </Field>
      )}
    </FormDialog>
  );
}
