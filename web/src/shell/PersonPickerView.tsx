import type { FoundPerson } from "../api/people";
import { people as said } from "../messages/people";
import { type Chosen, DirectoryPicker, type PickerProps } from "../ui/DirectoryPicker";

interface Props extends PickerProps {
  people: FoundPerson[] | undefined;
  hint?: string; // instead of the usual one
  onChoose: (person: Chosen) => void;
}

/** What tells somebody from others of the same name. */
const detailOf = ({ username, guest }: FoundPerson) => [username, guest && said.guest].filter((part) => part).join(" · ");

/** A combobox over the people of the directory, their user names beneath their names. */
export function PersonPickerView({ people, hint, ...props }: Props) {
  const { chosen } = props;
  const options = people?.map((one) => ({ id: one.oid, name: one.name || one.oid, detail: detailOf(one) }));
  return <DirectoryPicker {...props} said={hint === undefined ? said : { ...said, hint }} options={options} about={chosen ? said.chosen(chosen.id) : ""} />;
}
