import { Button, Checkbox, Field, makeStyles, Textarea, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { FoundPerson } from "../../api/people";
import { explorer as said } from "../../messages/explorer";
import { PersonPicker } from "../../shell/PersonPicker";
import type { Chosen } from "../../ui/DirectoryPicker";
import { type Choosable, PickInput } from "../../ui/PickInput";
import type { ExplorerSearch } from "./search";

const useStyles = makeStyles({
  form: { display: "grid", gap: tokens.spacingVerticalL, minWidth: 0 },
  mono: { fontFamily: tokens.fontFamilyMonospace },
  ask: { justifySelf: "start" },
});

export interface Choices {
  people: FoundPerson[];
  apps: Choosable[];
  tools: Choosable[];
}

/** Whether a text can be the arguments of a call. */
export function isArguments(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const idOf = (text: string, options: Choosable[]) => options.find((o) => o.name === text || o.id === text)?.id ?? text.trim();
const nameOf = (id: string | undefined, options: Choosable[]) => options.find((o) => o.id === id)?.name ?? id ?? "";

interface Complaints {
  person?: string;
  client?: string;
  tool?: string;
  args?: string;
}

interface Props {
  question: ExplorerSearch;
  choices: Choices;
  busy: boolean;
  onFound: (person: FoundPerson) => void; // somebody of the directory, who is known from then on
  onAsk: (question: ExplorerSearch) => void;
}

/** Asks who, with which AI app, calls what. What was typed is asked when the button is pressed. */
export function QuestionForm({ question, choices, busy, onFound, onAsk }: Props) {
  const styles = useStyles();
  const { people, apps, tools } = choices;
  const [typed, setTyped] = useState<{ person?: Chosen | null; client?: string; tool?: string; args?: string; guest?: boolean }>({});
  const [checked, setChecked] = useState(false);
  const before = question.person === undefined ? undefined : { id: question.person, name: "" };
  const person = typed.person === undefined ? before : (typed.person ?? undefined);
  const client = typed.client ?? nameOf(question.client, apps);
  const tool = typed.tool ?? question.tool ?? "";
  const args = typed.args ?? question.args ?? "";
  const guest = typed.guest ?? question.guest ?? false;
  const asked = { person: person?.id, client: idOf(client, apps), tool: tool.trim(), args: args.trim() || undefined, guest: guest || undefined };
  const complaints: Complaints = {
    person: asked.person === undefined ? said.personWrong : undefined,
    client: asked.client === "" ? said.missing : undefined,
    tool: asked.tool === "" ? said.missing : undefined,
    args: isArguments(args) ? undefined : said.argumentsWrong,
  };
  const shown: Complaints = checked ? complaints : {};
  return (
    <form
      noValidate
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        setChecked(true);
        if (!busy && Object.values(complaints).every((complaint) => complaint === undefined)) onAsk(asked);
      }}
    >
      <PersonPicker
        chosen={person}
        known={people}
        complaint={shown.person}
        onChoose={(to, found) => {
          setTyped({ ...typed, person: to ?? null, guest: found?.guest ?? guest });
          if (found) onFound(found);
        }}
      />
      <Checkbox
        label={said.guest}
        checked={guest}
        onChange={(_, to) => {
          setTyped({ ...typed, guest: to.checked === true });
        }}
      />
      <PickInput
        label={said.app}
        hint={said.appHint}
        text={client}
        options={apps}
        complaint={shown.client}
        onText={(to) => {
          setTyped({ ...typed, client: to });
        }}
        onChoose={(to) => {
          setTyped({ ...typed, client: to.name });
        }}
      />
      <PickInput
        label={said.tool}
        text={tool}
        options={tools}
        complaint={shown.tool}
        onText={(to) => {
          setTyped({ ...typed, tool: to });
        }}
        onChoose={(to) => {
          setTyped({ ...typed, tool: to.id });
        }}
      />
      <Field label={said.arguments} hint={said.argumentsHint} validationMessage={shown.args}>
        <Textarea
          value={args}
          resize="vertical"
          textarea={{ className: styles.mono, spellCheck: false }}
          onChange={(_, to) => {
            setTyped({ ...typed, args: to.value });
          }}
        />
      </Field>
      <Button type="submit" appearance="primary" className={styles.ask} disabledFocusable={busy}>
        {said.ask}
      </Button>
    </form>
  );
}
