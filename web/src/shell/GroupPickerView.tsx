import type { FoundGroup } from "../api/groups";
import { assignments } from "../messages/assignments";
import { type Chosen, DirectoryPicker, type PickerProps } from "../ui/DirectoryPicker";

const said = assignments.picker;

interface Props extends PickerProps {
  groups: FoundGroup[] | undefined;
  found: FoundGroup | undefined; // what was chosen, where a search found it
  people: number | undefined; // in the group that was chosen, where that is known
  onChoose: (group: Chosen) => void;
}

/** What kind of group it is, and who says who is in it. */
export function kindOf({ kind, dynamic, roleAssignable, synced }: FoundGroup): string {
  return [said.kinds[kind], dynamic && said.dynamic, roleAssignable && said.roleAssignable, synced && said.synced].filter((part) => part).join(" · ");
}

/** A combobox over the groups of the directory. */
export function GroupPickerView({ groups, found, people, ...props }: Props) {
  const { chosen } = props;
  const about = [found ? kindOf(found) : said.someGroup, people !== undefined && said.people(people), chosen && said.objectId(chosen.id)].filter((part) => part).join(" · ");
  return <DirectoryPicker {...props} said={said} options={groups?.map((group) => ({ id: group.id, name: group.name, detail: kindOf(group) }))} about={chosen ? about : ""} />;
}
