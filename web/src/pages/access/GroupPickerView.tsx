import { Button, Combobox, Field, Link, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, Option, Text, tokens } from "@fluentui/react-components";
import { useRef, useState } from "react";
import type { Group } from "../../api/groups";
import { assignments } from "../../messages/assignments";
import { messages } from "../../messages/common";
import type { Trouble } from "../../ui/Failure";
import { isObjectId } from "../../ui/fields";

const said = assignments.picker;

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalS },
  box: { minWidth: 0, width: "100%" },
  option: { display: "grid" },
  id: { fontFamily: tokens.fontFamilyMonospace, color: tokens.colorNeutralForeground3, overflowWrap: "anywhere" },
  body: { whiteSpace: "normal" },
});

export interface Chosen {
  id: string;
  name: string; // empty: only its id is known
}

interface Props {
  text: string;
  chosen: Chosen | undefined;
  groups: Group[] | undefined;
  busy: boolean;
  failure: { consent: boolean; trouble: Trouble } | undefined;
  complaint: string | undefined;
  again: () => void;
  onText: (to: string) => void;
  onChoose: (group: Chosen) => void;
}

/** A combobox over the directory. Without the directory, an object ID does. */
export function GroupPickerView({ text, chosen, groups, busy, failure, complaint, again, onText, onChoose }: Props) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const typed = text.trim();
  const options = groups ?? [];
  return (
    <div className={styles.root}>
      <Field label={said.label} required hint={chosen ? said.chosen(chosen.id) : said.hint} validationMessage={complaint}>
        <Combobox
          ref={box}
          className={styles.box}
          open={open && !failure}
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
            if (id !== undefined && id !== "") onChoose({ id, name: options.find((g) => g.id === id)?.name ?? "" });
          }}
        >
          {isObjectId(typed) && !chosen && (
            <Option value={typed} text={said.useId(typed)}>
              {said.useId(typed)}
            </Option>
          )}
          {options.map((group) => (
            <Option key={group.id} value={group.id} text={group.name}>
              <span className={styles.option}>
                <bdi>{group.name}</bdi>
                <Text size={200} className={styles.id}>
                  {group.id}
                </Text>
              </span>
            </Option>
          ))}
          {options.length === 0 && !isObjectId(typed) && (
            <Option disabled value="" text="">
              {emptyText(typed, busy)}
            </Option>
          )}
        </Combobox>
      </Field>
      <Text size={200} role="status" className={styles.id}>
        {statusText(groups, busy, chosen !== undefined)}
      </Text>
      {failure && (
        <Unasked
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

function emptyText(typed: string, busy: boolean): string {
  if (busy) return said.searching;
  return typed === "" ? said.hint : said.none(typed);
}

function statusText(groups: Group[] | undefined, busy: boolean, chosen: boolean): string {
  if (chosen) return "";
  if (busy) return said.searching;
  return groups ? said.found(groups.length) : "";
}

function Unasked({ failure, again }: { failure: { consent: boolean; trouble: Trouble }; again: () => void }) {
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

/** Where somebody agrees that Gatehouse searches groups as them. */
export function consentAddress(): string {
  return `/auth/sign-in?scopes=groups&return=${encodeURIComponent(window.location.pathname + window.location.search)}`;
}
