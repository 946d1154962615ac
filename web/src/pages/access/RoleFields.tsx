import { Button, Field, Input, makeStyles, tokens } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { roles as said } from "../../messages/roles";
import { complaintsOf, type Draft, emptyDraft } from "./drafts";
import { PermissionCard } from "./PermissionCard";

const useStyles = makeStyles({ root: { display: "grid", gap: tokens.spacingVerticalL, minWidth: 0 }, add: { justifySelf: "start" } });

interface Props {
  name: string;
  drafts: Draft[];
  checked: boolean; // complaints are shown
  tools: string[];
  onName: (to: string) => void;
  onDrafts: (to: Draft[]) => void;
}

/** What an admin decides about a role. */
export function RoleFields({ name, drafts, checked, tools, onName, onDrafts }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <Field label={said.name} required hint={said.nameHint} validationMessage={checked && name.trim() === "" ? said.nameMissing : undefined}>
        <Input
          value={name}
          maxLength={120}
          autoComplete="off"
          onChange={(_, to) => {
            onName(to.value);
          }}
        />
      </Field>
      {drafts.map((draft, i) => (
        <PermissionCard
          key={draft.key}
          draft={draft}
          position={i + 1}
          complaints={checked ? complaintsOf(draft) : undefined}
          tools={tools}
          onChange={(to) => {
            onDrafts(drafts.with(i, to));
          }}
          onRemove={
            drafts.length > 1
              ? () => {
                  onDrafts(drafts.toSpliced(i, 1));
                }
              : undefined
          }
        />
      ))}
      <Button
        className={styles.add}
        icon={<AddRegular />}
        onClick={() => {
          onDrafts([...drafts, emptyDraft()]);
        }}
      >
        {said.addPermission}
      </Button>
    </div>
  );
}
