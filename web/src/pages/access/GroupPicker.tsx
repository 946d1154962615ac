import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { groupsQuery, wantsConsent } from "../../api/groups";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { isObjectId } from "../../ui/fields";
import { type Chosen, GroupPickerView } from "./GroupPickerView";
import { useDebounced } from "./useDebounced";

interface Props {
  chosen: Chosen | undefined;
  complaint: string | undefined;
  onChoose: (to: Chosen | undefined) => void;
}

/** Milliseconds without a key before the directory is asked. */
const pause = 300;

/** Searches the directory's groups while somebody types. */
export function GroupPicker({ chosen, complaint, onChoose }: Props) {
  const org = usePlace().organization.slug;
  const [text, setText] = useState(chosen ? chosen.name || chosen.id : "");
  const [asked, ask] = useDebounced(pause);
  const found = useQuery(groupsQuery(org, asked));
  const searching = text.trim() !== "" && !chosen && !isObjectId(text);
  return (
    <GroupPickerView
      text={text}
      chosen={chosen}
      groups={searching && asked !== "" ? found.data : undefined}
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
        onChoose(group);
      }}
    />
  );
}
