import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { wantsConsent } from "../api/groups";
import { type FoundPerson, peopleQuery } from "../api/people";
import { sessionQuery } from "../api/session";
import { troubleOf } from "../trouble";
import type { Chosen } from "../ui/DirectoryPicker";
import { isObjectId } from "../ui/fields";
import { useDebounced } from "../ui/useDebounced";
import { pause } from "./GroupPicker";
import { PersonPickerView } from "./PersonPickerView";
import { usePlace } from "./place";

interface Props {
  chosen: Chosen | undefined;
  known?: FoundPerson[]; // who is offered without the directory
  hint?: string;
  complaint: string | undefined;
  onChoose: (to: Chosen | undefined, found?: FoundPerson) => void;
}

const none: FoundPerson[] = [];

/** Searches the directory's people while somebody types. An object ID that is pasted is taken as it is. */
export function PersonPicker({ chosen, known = none, hint, complaint, onChoose }: Props) {
  const { organization, visiting } = usePlace();
  const guest = useQuery(sessionQuery).data?.guest === true; // whom no consent helps
  const [typed, setTyped] = useState<string>();
  const [asked, ask] = useDebounced(pause);
  const text = typed ?? nameOf(chosen, known);
  const searching = text.trim() !== "" && !chosen && !isObjectId(text);
  const found = useQuery({ ...peopleQuery(organization.slug, asked), enabled: asked !== "" && !visiting });
  const fresh = asked === text.trim() && !found.isPlaceholderData;
  const told = fresh ? (found.data ?? none) : matching(found.data ?? none, text); // of an earlier text: those whom this one means, too
  const near = matching(known, text);
  const people = [...near.map((one) => told.find(({ oid }) => oid === one.oid) ?? one), ...told.filter((one) => !near.some(({ oid }) => oid === one.oid))];
  const asking = !visiting && (asked !== text.trim() || found.isFetching);
  return (
    <PersonPickerView
      text={text}
      chosen={chosen}
      people={searching && (!asking || people.length > 0) ? people : undefined}
      hint={hint}
      busy={searching && asking}
      failure={searching && found.error ? { consent: wantsConsent(found.error) && !guest, trouble: troubleOf(found.error) } : undefined}
      complaint={complaint}
      again={() => {
        void found.refetch();
      }}
      onText={(to) => {
        setTyped(to);
        onChoose(isObjectId(to) ? { id: to.trim(), name: "" } : undefined);
        ask(isObjectId(to) ? "" : to.trim());
      }}
      onChoose={(person) => {
        setTyped(person.name || person.id);
        onChoose(person, people.find((one) => one.oid === person.id));
      }}
    />
  );
}

const nameOf = (chosen: Chosen | undefined, known: FoundPerson[]) => (chosen ? chosen.name || known.find(({ oid }) => oid === chosen.id)?.name || chosen.id : "");

/** The most of those that are known anyway that are offered beside the directory's. */
const most = 8;

function matching(known: FoundPerson[], text: string): FoundPerson[] {
  const wanted = text.trim().toLowerCase();
  return wanted === "" ? none : known.filter(({ name, username }) => `${name} ${username ?? ""}`.toLowerCase().includes(wanted)).slice(0, most);
}
