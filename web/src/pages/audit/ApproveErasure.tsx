import { MessageBar, MessageBarBody, MessageBarTitle, makeStyles } from "@fluentui/react-components";
import { useState } from "react";
import type { ApprovedErasure, Erasure } from "../../api/erasures";
import { erasures as said } from "../../messages/erasures";
import { Facts } from "../../ui/Facts";
import type { Trouble } from "../../ui/Failure";
import { numberOf } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { TextInput } from "../../ui/inputs";
import { instantOf } from "./record";

interface Props {
  erasure: Erasure;
  me: string;
  nameOf: (oid: string) => string;
  busy: boolean;
  trouble: Trouble | undefined;
  onSubmit: (again: ApprovedErasure) => void;
  onCancel: () => void;
}

const useStyles = makeStyles({ bar: { whiteSpace: "normal" } });

/** Erases a person, for whoever has read whom and which names it is about and says both again. */
export function ApproveErasure({ erasure: { person = "", names = [], askedAt, askedBy }, me, nameOf, busy, trouble, onSubmit, onCancel }: Props) {
  const styles = useStyles();
  const [typed, setTyped] = useState("");
  const [counted, setCounted] = useState("");
  const [checked, setChecked] = useState(false);
  const samePerson = typed.trim().toLowerCase() === person.toLowerCase();
  const sameNames = numberOf(counted) === names.length;
  return (
    <FormDialog
      title={said.approveTitle(nameOf(person))}
      action={said.approveAction}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        setChecked(true);
        if (samePerson && sameNames) onSubmit({ person: typed.trim(), names: Number(counted) });
      }}
    >
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody className={styles.bar}>
          <MessageBarTitle>{said.forGood}</MessageBarTitle> {said.forGoodText}
        </MessageBarBody>
      </MessageBar>
      {askedBy === me && (
        <MessageBar layout="multiline">
          <MessageBarBody className={styles.bar}>{said.own}</MessageBarBody>
        </MessageBar>
      )}
      <Facts
        facts={[
          [said.person, <bdi key="name">{nameOf(person)}</bdi>],
          [said.objectId, person],
          [said.namesOf, names.length === 0 ? said.noNames : <bdi key="names">{names.join(", ")}</bdi>],
          [said.asked, <span key="by">{instantOf(askedAt)} <bdi>{said.by(nameOf(askedBy))}</bdi></span>],
        ]}
      />
      <TextInput label={said.typedPerson} required value={typed} complaint={checked && !samePerson ? said.typedPersonWrong : undefined} onChange={setTyped} />
      <TextInput label={said.typedNames} type="number" min="0" max="20" required value={counted} complaint={checked && !sameNames ? said.typedNamesWrong : undefined} onChange={setCounted} />
    </FormDialog>
  );
}
