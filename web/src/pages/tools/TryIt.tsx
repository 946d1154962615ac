import { Button, Field, makeStyles, Radio, RadioGroup, Spinner, Text, Textarea, tokens } from "@fluentui/react-components";
import { PlayRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Tool } from "../../api/tools";
import { tryIt as said } from "../../messages/tools";
import { Card } from "../../ui/Card";
import { Confirm } from "../../ui/Confirm";
import { Failure, signInAddress, type Trouble } from "../../ui/Failure";
import { ArgumentFields } from "./ArgumentField";
import { type Called, CallResult } from "./CallResult";
import type { Member } from "./schema";
import { built, initial, type Problems, readArguments } from "./values";

interface Props {
  tool: Tool;
  fields: Member[] | undefined; // undefined: the schema is none that a form can say
  busy: boolean;
  called: Called | undefined;
  trouble: Trouble | undefined;
  onCall: (args: Record<string, unknown>) => void;
}

const useStyles = makeStyles({
  form: { display: "grid", gap: tokens.spacingVerticalL, maxWidth: "44rem" },
  text: { display: "block", color: tokens.colorNeutralForeground2, marginBottom: tokens.spacingVerticalM },
  mono: { fontFamily: tokens.fontFamilyMonospace },
  result: { marginTop: tokens.spacingVerticalXL },
});

/** Whether the console lacks the person's consent to ask which groups they are in. */
const needsConsent = (trouble: Trouble) => trouble.text.includes("scopes=groups");

/** Calls the tool, with arguments by a form made from its schema, or as JSON. */
export function TryIt({ tool, fields, busy, called, trouble, onCall }: Props) {
  const styles = useStyles();
  const [raw, setRaw] = useState(fields === undefined);
  const [value, setValue] = useState(() => initial({ kind: "object", fields: fields ?? [] }));
  const [typed, setTyped] = useState("{}");
  const [problems, setProblems] = useState<Problems>({});
  const [asked, setAsked] = useState<Record<string, unknown>>();
  const read = () => {
    if (raw || !fields) {
      const got = readArguments(typed);
      return "args" in got ? { args: got.args, problems: {} } : { args: {}, problems: { "": got.problem } };
    }
    return built(fields, value);
  };
  const submit = () => {
    const { args, problems: found } = read();
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    if (tool.effect === "destructive") setAsked(args);
    else onCall(args);
  };
  const turn = (toRaw: boolean) => {
    setProblems({});
    if (toRaw && fields) setTyped(JSON.stringify(built(fields, value).args, null, 2));
    const got = readArguments(typed);
    if (!toRaw && fields && "args" in got) setValue(initial({ kind: "object", fields }, got.args));
    setRaw(toRaw);
  };
  return (
    <Card title={said.title}>
      <Text className={styles.text}>{tool.enabled && !tool.reason ? said.text : said.off}</Text>
      <form
        noValidate
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) submit();
        }}
      >
        {fields && (
          <RadioGroup
            layout="horizontal"
            aria-label={said.mode}
            value={raw ? "raw" : "form"}
            onChange={(_, to) => {
              turn(to.value === "raw");
            }}
          >
            <Radio value="form" label={said.form} />
            <Radio value="raw" label={said.raw} />
          </RadioGroup>
        )}
        {raw || !fields ? (
          <Field label={said.arguments} validationMessage={problems[""]}>
            <Textarea
              resize="vertical"
              rows={8}
              spellCheck={false}
              textarea={{ className: styles.mono }}
              value={typed}
              onChange={(_, to) => {
                setTyped(to.value);
              }}
            />
          </Field>
        ) : (
          <ArgumentFields fields={fields} value={value} path="" problems={problems} onChange={setValue} />
        )}
        <div>
          <Button type="submit" appearance="primary" icon={busy ? <Spinner size="tiny" /> : <PlayRegular />} disabledFocusable={busy}>
            {said.call}
          </Button>
        </div>
      </form>
      <div className={styles.result} aria-live="polite">
        {trouble && <Failure trouble={trouble} />}
        {trouble && needsConsent(trouble) && (
          <Button as="a" href={`${signInAddress()}&scopes=groups`}>
            {said.consent}
          </Button>
        )}
        {called && !trouble && <CallResult called={called} />}
      </div>
      {asked && (
        <Confirm
          title={said.question(tool.name)}
          action={said.call}
          busy={busy}
          onConfirm={() => {
            setAsked(undefined);
            onCall(asked);
          }}
          onCancel={() => {
            setAsked(undefined);
          }}
        >
          {said.danger}
        </Confirm>
      )}
    </Card>
  );
}
