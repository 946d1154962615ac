import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type FoundGroup, groupPeopleQuery, groupsQuery, wantsConsent } from "../api/groups";
import { troubleOf } from "../trouble";
import type { Chosen } from "../ui/DirectoryPicker";
import { isObjectId } from "../ui/fields";
import { useDebounced } from "../ui/useDebounced";
import { GroupPickerView } from "./GroupPickerView";
import { usePlace } from "./place";

interface Props {
  chosen: Chosen | undefined;
  complaint: string | undefined;
  onChoose: (to: Chosen | undefined) => void;
}

/** Milliseconds without a key before the directory is asked. */
export const pause = 300;

/** Searches the directory's groups while somebody types. How many people are in one is asked of the chosen one only. */
export function GroupPicker({ chosen, complaint, onChoose }: Props) {
  const org = usePlace().organization.slug;
  const [text, setText] = useState(chosen ? chosen.name || chosen.id : "");
  const [picked, setPicked] = useState<FoundGroup>();
  const [asked, ask] = useDebounced(pause);
  const found = useQuery(groupsQuery(org, asked));
  const shown = picked?.id === chosen?.id ? picked : undefined;
  const size = useQuery({ ...groupPeopleQuery(org, shown?.id ?? ""), enabled: shown !== undefined });
  const searching = text.trim() !== "" && !chosen && !isObjectId(text);
  return (
    <GroupPickerView
      text={text}
      chosen={chosen}
      groups={searching && asked !== "" ? found.data : undefined}
      found={shown}
      people={shown && size.data}
      busy={searching && (asked !== text.trim() || found.isFetching)}
      failure={searching && found.error ? { consent: wantsConsent(found.error), trouble: troubleOf(found.error) } : undefined}
      complaint={complaint}
      again={() => {
        void found.refetch();
      }}
      onText={(to) => {
        setText(to);
        onChoose(undefined);
        ask(isObjectId(to) ? "" : to.trim());
      }}
      onChoose={(group) => {
        setText(group.name || group.id);
        setPicked(found.data?.find((one) => one.id === group.id));
        onChoose(group);
      }}
    />
  );
}
