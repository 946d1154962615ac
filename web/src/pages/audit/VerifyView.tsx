import { Button, Field, Input, makeStyles, ProgressBar, Textarea, tokens } from "@fluentui/react-components";
import { useRef, useState } from "react";
import { verify as said } from "../../messages/auditverify";
import { Card } from "../../ui/Card";
import { Page } from "../../ui/Page";
import type { Verdict } from "../../verify/report";
import type { Trust } from "../../verify/verify";
import { FileDrop } from "./FileDrop";
import { VerdictCard } from "./VerdictCard";

export interface Asked {
  file: File;
  trust: Trust;
  told: { key: boolean; origin: boolean }; // what of it is as the deployment tells it
}

interface Props {
  organization: string;
  keys: string[];
  origin: string;
  percent: number | undefined; // undefined: nothing is being verified
  verdict: Verdict | undefined;
  failed: string | undefined;
  asked: Asked | undefined;
  onVerify: (asked: Asked) => void;
  onChange: () => void; // what is asked is no longer what was verified
  onStop: () => void;
}

const useStyles = makeStyles({
  columns: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) minmax(0, 1fr)", gap: tokens.spacingHorizontalL, alignItems: "start", "@media (max-width: 1100px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  form: { display: "grid", gap: tokens.spacingVerticalL },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  buttons: { display: "flex", gap: tokens.spacingHorizontalS },
  part: { display: "grid", gap: tokens.spacingVerticalS },
  hidden: { display: "none" },
});

const lines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

export function VerifyView({ organization, keys, origin: known, percent, verdict, failed, asked, onVerify, onChange, onStop }: Props) {
  const styles = useStyles();
  const [file, setFile] = useState<File>();
  const [checkpoint, setCheckpoint] = useState("");
  const [key, setKey] = useState(keys.join("\n"));
  const [origin, setOrigin] = useState(known);
  const [wanting, setWanting] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const changing =
    <T,>(set: (to: T) => void) =>
    (to: T) => {
      set(to);
      onChange();
    };
  const submit = () => {
    const trusted = lines(key);
    setWanting(!file || trusted.length === 0);
    if (!file || trusted.length === 0) return;
    const held = checkpoint.trim() === "" ? undefined : checkpoint.replaceAll("\r\n", "\n");
    const told = { key: trusted.some((one) => keys.includes(one)), origin: known !== "" && origin.trim() === known };
    onVerify({ file, told, trust: { keys: trusted, ...(held ? { checkpoint: held } : {}), ...(origin.trim() ? { origin: origin.trim() } : {}) } });
  };
  return (
    <Page title={said.title} organization={organization} text={said.text}>
      <div className={styles.columns}>
        <Card>
          <form
            className={styles.form}
            onSubmit={(event) => {
              event.preventDefault();
              submit();
            }}
          >
            <FileDrop file={file} wanting={wanting && !file} onFile={changing(setFile)} />
            <div className={styles.part}>
              <Field label={said.checkpoint} hint={said.checkpointHint}>
                <Textarea rows={6} resize="vertical" spellCheck={false} textarea={{ className: styles.mono }} value={checkpoint} onChange={(_, to) => { changing(setCheckpoint)(to.value); }} />
              </Field>
              <div>
                <Button size="small" onClick={() => input.current?.click()}>
                  {said.checkpointFile}
                </Button>
                <input
                  ref={input}
                  type="file"
                  className={styles.hidden}
                  aria-label={said.checkpointFile}
                  accept=".txt,.checkpoint,text/plain"
                  onChange={(event) => {
                    void event.target.files?.[0]?.text().then(changing(setCheckpoint));
                  }}
                />
              </div>
            </div>
            <Field label={said.key} hint={said.keyHint} validationMessage={wanting && lines(key).length === 0 ? said.needsKey : undefined}>
              <Textarea rows={3} resize="vertical" spellCheck={false} textarea={{ className: styles.mono }} value={key} onChange={(_, to) => { changing(setKey)(to.value); }} />
            </Field>
            <Field label={said.origin} hint={said.originHint}>
              <Input spellCheck={false} input={{ className: styles.mono }} value={origin} onChange={(_, to) => { changing(setOrigin)(to.value); }} />
            </Field>
            {percent !== undefined && (
              <Field validationMessage={said.working(percent)} validationState="none">
                <ProgressBar value={percent / 100} aria-label={said.working(percent)} />
              </Field>
            )}
            <div className={styles.buttons}>
              <Button type="submit" appearance="primary" disabledFocusable={percent !== undefined}>
                {said.go}
              </Button>
              {percent !== undefined && <Button onClick={onStop}>{said.stop}</Button>}
            </div>
          </form>
        </Card>
        <VerdictCard verdict={percent === undefined ? verdict : undefined} failed={percent === undefined ? failed : undefined} asked={asked} />
      </div>
    </Page>
  );
}
