import { Checkbox, Combobox, Field, Input, makeStyles, Option, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { groupsQuery, offeredToolsQuery, useFirstMapping } from "../../api/setup";
import { setup } from "../../messages/setup";
import { Act, Refusal } from "./Act";

const said = setup.mapping;
const useStyles = makeStyles({
  form: { display: "grid", gap: tokens.spacingVerticalL, maxWidth: "36rem" }, faint: { color: tokens.colorNeutralForeground3 },
  tools: { display: "grid", justifyItems: "start", margin: 0, padding: 0, border: "none", minWidth: 0 },
  legend: { padding: 0 },
  wrong: { color: tokens.colorPaletteRedForeground1 },
});

/** What is offered first: it shows who somebody is, and reaches nothing else. */
const firstTool = "whoami";

/** Gives a group a tool role. */
export function MappingStep({ org, open, onNext }: { org: string; open: boolean; onNext: () => void }) {
  const styles = useStyles();
  const [search, setSearch] = useState("");
  const [group, setGroup] = useState<{ id: string; name: string }>();
  const [role, setRole] = useState<string>(said.roleDefault);
  const [chosen, setChosen] = useState<string[]>([firstTool]);
  const [tried, setTried] = useState(false);
  const asked = useDeferredValue(search);
  const groups = useQuery({ ...groupsQuery(org, asked), enabled: open && asked.trim() !== "" });
  const tools = useQuery({ ...offeredToolsQuery(org), enabled: open });
  const map = useFirstMapping(org);
  if (!open) return null;
  const wrong = (is: boolean, text: string) => (tried && is ? text : undefined);
  const submit = () => {
    setTried(true);
    if (group && role.trim() && chosen.length > 0) map.mutate({ group, role: role.trim(), tools: chosen }, { onSuccess: onNext });
  };
  return (
    <form
      noValidate
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!map.isPending) submit();
      }}
    >
      <Text>{said.text}</Text>
      {groups.error && <Refusal error={groups.error} />}
      <Field label={said.group} hint={said.groupHint} validationMessage={wrong(!group, said.groupMissing)} required>
        <Combobox
          freeform
          inlinePopup // within the landmark of the page
          autoComplete="off"
          value={group?.name ?? search}
          selectedOptions={group ? [group.id] : []}
          onChange={(event) => {
            setGroup(undefined);
            setSearch(event.target.value);
          }}
          onOptionSelect={(_, to) => {
            setGroup(groups.data?.items.find((one) => one.id === to.optionValue));
          }}
        >
          {groups.data?.items.map((one) => (
            <Option key={one.id} value={one.id} text={one.name}>
              <bdi>{one.name}</bdi>
            </Option>
          ))}
          {groups.data?.items.length === 0 && (
            <Option disabled text={said.groupNone}>
              {said.groupNone}
            </Option>
          )}
        </Combobox>
      </Field>
      <Field label={said.role} validationMessage={wrong(!role.trim(), said.roleMissing)} required>
        <Input value={role} maxLength={120} onChange={(_, to) => { setRole(to.value); }} />
      </Field>
      <fieldset className={styles.tools}>
        <legend className={styles.legend}>{said.tools}</legend>
        {tools.data?.map((tool) => (
          <Checkbox
            key={tool.name}
            checked={chosen.includes(tool.name)}
            onChange={(_, to) => {
              setChosen(to.checked ? [...chosen, tool.name] : chosen.filter((name) => name !== tool.name));
            }}
            label={
              <>
                <bdi>{tool.name}</bdi> {tool.effect && <span className={styles.faint}>· {said.effects[tool.effect]}</span>}
              </>
            }
          />
        ))}
        {wrong(chosen.length === 0, said.toolsMissing) && (
          <Text size={200} role="alert" className={styles.wrong}>
            {said.toolsMissing}
          </Text>
        )}
      </fieldset>
      {tools.error && <Refusal error={tools.error} />}
      <Act action={said.action} busy={map.isPending} error={map.error} submit />
    </form>
  );
}
