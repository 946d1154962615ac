import { Text } from "@fluentui/react-components";
import { useState } from "react";
import type { NewErasure } from "../../api/erasures";
import { erasures as said } from "../../messages/erasures";
import { Facts } from "../../ui/Facts";
import type { Trouble } from "../../ui/Failure";
import { isObjectId, linesOf } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { TextInput } from "../../ui/inputs";
import { type Choosable, PickInput } from "../../ui/PickInput";

interface Props {
  people: Choosable[];
  busy: boolean;
  trouble: Trouble | undefined;
  onSubmit: (body: NewErasure) => void;
  onCancel: () => void;
}

/** Requests that a person is erased from the log. */
export function RequestErasure({ people, busy, trouble, onSubmit, onCancel }: Props) {
  const [text, setText] = useState("");
  const [lines, setLines] = useState("");
  const [checked, setChecked] = useState(false);
  const person = people.find(({ id, name }) => name === text || id === text)?.id ?? text.trim();
  const names = linesOf(lines);
  const namesGood = names.length <= 20 && names.every((name) => name.length >= 4 && name.length <= 256);
  return (
    <FormDialog
      title={said.request}
      action={said.request}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        setChecked(true);
        if (isObjectId(person) && namesGood) onSubmit({ person, names });
      }}
    >
      <Text>{said.requestText}</Text>
      <PickInput
        label={said.person}
        hint={said.personHint}
        text={text}
        options={people}
        complaint={checked && !isObjectId(person) ? said.personWrong : undefined}
        onText={setText}
        onChoose={({ name }) => { setText(name); }}
      />
      <TextInput label={said.namesLabel} hint={said.namesHint} lines={3} value={lines} complaint={checked && !namesGood ? said.namesWrong : undefined} onChange={setLines} />
      <Facts facts={[[said.beyond, said.beyondText]]} />
    </FormDialog>
  );
}
