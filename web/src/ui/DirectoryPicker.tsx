import { Button, Combobox, Field, Link, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, Option, Text, tokens } from "@fluentui/react-components";
import { useRef, useState } from "react";
import { messages } from "../messages/common";
import type { Trouble } from "./Failure";
import { isObjectId } from "./fields";

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalS },
  box: { minWidth: 0, width: "100%" },
  option: { display: "grid" },
  detail: { color: tokens.colorNeutralForeground3, overflowWrap: "anywhere" },
  id: { fontFamily: tokens.fontFamilyMonospace, color: tokens.colorNeutralForeground3, overflowWrap: "anywhere" },
  body: { whiteSpace: "normal" },
});

/** Who or what was chosen. */
export interface Chosen {
  id: string;
  name: string; // empty: only its id is known
}

export interface Pickable extends Chosen {
  detail: string; // beneath the name
}

/** What a picker says. */
export interface Said {
  label: string;
  hint: string;
  searching: string;
  none: (text: string) => string;
  found: (n: number) => string;
  useId: (id: string) => string;
  consent: string;
  consentText: string;
  agree: string;
  failed: string;
  failedText: string;
}

export interface PickerProps {
  text: string;
  chosen: Chosen | undefined;
  busy: boolean;
  failure: { consent: boolean; trouble: Trouble } | undefined;
  complaint: string | undefined;
  again: () => void;
  onText: (to: string) => void;
}

interface Props extends PickerProps {
  said: Said;
  options: Pickable[] | undefined; // undefined: nothing was asked for
  about: string; // what was chosen; empty: nothing to say of it
  onChoose: (to: Chosen) => void;
}

/** A combobox over the directory. Without the directory, an object ID does. */
export function DirectoryPicker({ said, text, chosen, options, about, busy, failure, complaint, again, onText, onChoose }: Props) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const typed = text.trim();
  const shown = options ?? [];
  return (
    <div className={styles.root}>
      <Field label={said.label} required hint={about || said.hint} validationMessage={complaint}>
        <Combobox
          ref={box}
          className={styles.box}
          open={open && (!failure || shown.length > 0)}
          onOpenChange={(_, to) => {
            setOpen(to.open);
          }}
          freeform
          autoComplete="off"
          value={text}
          selectedOptions={chosen ? [chosen.id] : []}
          onChange={(event) => {
            onText(event.target.value);
          }}
          onOptionSelect={(_, to) => {
            const id = to.optionValue;
            if (id !== undefined && id !== "") onChoose({ id, name: shown.find((one) => one.id === id)?.name ?? "" });
          }}
        >
          {isObjectId(typed) && !chosen && (
            <Option value={typed} text={said.useId(typed)}>
              {said.useId(typed)}
            </Option>
          )}
          {shown.map((one) => (
            <Option key={one.id} value={one.id} text={one.name}>
              <span className={styles.option}>
                <bdi>{one.name}</bdi>
                {one.detail && (
                  <Text size={200} className={styles.detail}>
                    <bdi>{one.detail}</bdi>
                  </Text>
                )}
                <Text size={200} className={styles.id}>
                  {one.id}
                </Text>
              </span>
            </Option>
          ))}
          {shown.length === 0 && !isObjectId(typed) && (
            <Option disabled value="" text="">
              {emptyText(said, typed, busy)}
            </Option>
          )}
        </Combobox>
      </Field>
      <Text size={200} role="status" className={styles.detail}>
        {statusText(said, options, busy, chosen !== undefined)}
      </Text>
      {failure && (
        <Unasked
          said={said}
          failure={failure}
          again={() => {
            again();
            box.current?.focus();
            setOpen(true);
          }}
        />
      )}
    </div>
  );
}

function emptyText(said: Said, typed: string, busy: boolean): string {
  if (busy) return said.searching;
  return typed === "" ? said.hint : said.none(typed);
}

function statusText(said: Said, options: Pickable[] | undefined, busy: boolean, chosen: boolean): string {
  if (chosen) return "";
  if (busy) return said.searching;
  return options ? said.found(options.length) : "";
}

function Unasked({ said, failure, again }: { said: Said; failure: { consent: boolean; trouble: Trouble }; again: () => void }) {
  const styles = useStyles();
  return (
    <MessageBar intent="warning" layout="multiline" role="alert">
      <MessageBarBody className={styles.body}>
        <MessageBarTitle>{failure.consent ? said.consent : said.failed}</MessageBarTitle> {failure.consent ? said.consentText : `${failure.trouble.text} ${said.failedText}`}{" "}
        {failure.consent && (
          <Link href={consentAddress()} target="_blank" inline>
            {said.agree}
          </Link>
        )}
      </MessageBarBody>
      <MessageBarActions>
        <Button onClick={again}>{messages.retry}</Button>
      </MessageBarActions>
    </MessageBar>
  );
}

/** Where somebody agrees that Gatehouse searches the directory as them. */
export function consentAddress(): string {
  return `/auth/sign-in?scopes=groups&return=${encodeURIComponent(window.location.pathname + window.location.search)}`;
}
