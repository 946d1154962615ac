import { Field, Input, makeStyles, Select, tokens } from "@fluentui/react-components";
import type { ListedApp, SubjectKind, ToolRole } from "../../api/access";
import { access } from "../../messages/access";
import { assignments as said } from "../../messages/assignments";
import { GroupPicker } from "../../shell/GroupPicker";
import { PersonPicker } from "../../shell/PersonPicker";
import type { AssignmentDraft, Complaints } from "./assignmentdraft";

const useStyles = makeStyles({ root: { display: "grid", gap: tokens.spacingVerticalL, minWidth: 0 } });

const kinds: SubjectKind[] = ["group", "person", "app_role", "client", "everybody", "every_guest", "every_app"];

interface Props {
  draft: AssignmentDraft;
  complaints: Complaints;
  roles: ToolRole[];
  apps: ListedApp[];
  onChange: (to: AssignmentDraft) => void;
}

/** Who gets which tool role, and until when. */
export function AssignmentFields({ draft, complaints, roles, apps, onChange }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <Field label={said.kind}>
        <Select
          value={draft.kind}
          onChange={(_, to) => {
            onChange({ ...draft, kind: kinds.find((kind) => kind === to.value) ?? "group", value: "", name: "" });
          }}
        >
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {access.kinds[kind]}
            </option>
          ))}
        </Select>
      </Field>
      <Value draft={draft} complaint={complaints.value} apps={apps} onChange={onChange} />
      <Field label={said.role} required validationMessage={complaints.role}>
        <Select
          value={draft.role}
          onChange={(_, to) => {
            onChange({ ...draft, role: to.value });
          }}
        >
          <option value="" />
          {roles.map((role) => (
            <option key={role.id} value={role.id}>
              {role.name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={said.ends} hint={said.endsHint}>
        <Input
          type="date"
          value={draft.ends}
          onChange={(_, to) => {
            onChange({ ...draft, ends: to.value });
          }}
        />
      </Field>
    </div>
  );
}

function Value({ draft, complaint, apps, onChange }: { draft: AssignmentDraft; complaint: string | undefined; apps: ListedApp[]; onChange: Props["onChange"] }) {
  switch (draft.kind) {
    case "group":
      return (
        <GroupPicker
          chosen={draft.value === "" ? undefined : { id: draft.value, name: draft.name }}
          complaint={complaint}
          onChoose={(group) => {
            onChange({ ...draft, value: group?.id ?? "", name: group?.name ?? "" });
          }}
        />
      );
    case "client":
      return (
        <Field label={said.valueLabels.client} required validationMessage={complaint}>
          <Select
            value={draft.value}
            onChange={(_, to) => {
              onChange({ ...draft, value: to.value, name: apps.find((app) => app.id === to.value)?.name ?? "" });
            }}
          >
            <option value="" />
            {apps.map((app) => (
              <option key={app.id} value={app.id}>
                {app.name}
              </option>
            ))}
          </Select>
        </Field>
      );
    case "person":
      return (
        <PersonPicker
          chosen={draft.value === "" ? undefined : { id: draft.value, name: draft.name }}
          complaint={complaint}
          onChoose={(person) => {
            onChange({ ...draft, value: person?.id ?? "", name: person?.name.slice(0, 120) ?? "" });
          }}
        />
      );
    case "app_role":
      return (
        <Field label={said.valueLabels.app_role} required validationMessage={complaint}>
          <Input
            value={draft.value}
            autoComplete="off"
            spellCheck={false}
            onChange={(_, to) => {
              onChange({ ...draft, value: to.value, name: "" });
            }}
          />
        </Field>
      );
    case "everybody":
    case "every_guest":
    case "every_app":
      return null;
  }
}
