import { Button, Field, Input, makeStyles, Radio, RadioGroup, Text, tokens } from "@fluentui/react-components";
import { AddRegular, DeleteRegular } from "@fluentui/react-icons";
import { access } from "../../messages/access";
import { roles as said } from "../../messages/roles";
import { Code } from "../../ui/Code";
import { ClauseRow } from "./ClauseRow";
import { type Complaints, type Draft, emptyClause } from "./drafts";
import { PatternsField } from "./PatternsField";

const useStyles = makeStyles({
  root: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: tokens.spacingHorizontalL, margin: 0, display: "grid", gap: tokens.spacingVerticalM, minWidth: 0 },
  head: { display: "flex", justifyContent: "space-between", alignItems: "center" },
  title: { margin: 0, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold },
  clauses: { display: "grid", gap: tokens.spacingVerticalM, justifyItems: "start", "& > div": { width: "100%" } },
  note: { color: tokens.colorNeutralForeground3 },
});

interface Props {
  draft: Draft;
  position: number; // from 1
  complaints: Complaints | undefined;
  tools: string[];
  onChange: (to: Draft) => void;
  onRemove: (() => void) | undefined; // undefined: it is the only one
}

/** One permission of a role. */
export function PermissionCard({ draft, position, complaints, tools, onChange, onRemove }: Props) {
  const styles = useStyles();
  return (
    <div role="group" aria-label={said.permission(position)} className={styles.root}>
      <div className={styles.head}>
        <h3 className={styles.title}>{said.permission(position)}</h3>
        {onRemove && <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={said.removePermission(position)} onClick={onRemove} />}
      </div>
      <Field label={said.effect}>
        <RadioGroup
          layout="horizontal"
          value={draft.effect}
          onChange={(_, to) => {
            onChange({ ...draft, effect: to.value === "deny" ? "deny" : "allow" });
          }}
        >
          <Radio value="allow" label={access.effects.allow} />
          <Radio value="deny" label={access.effects.deny} />
        </RadioGroup>
      </Field>
      <PatternsField
        label={access.patterns}
        value={draft.patterns}
        complaint={complaints?.patterns}
        tools={tools}
        onChange={(patterns) => {
          onChange({ ...draft, patterns });
        }}
      />
      {draft.written ? (
        <div>
          <Code label={said.written} text={draft.written} />
          <Text size={200} className={styles.note}>
            {said.writtenNote}
          </Text>
        </div>
      ) : (
        <Clauses draft={draft} complaints={complaints} onChange={onChange} />
      )}
      {draft.effect === "allow" && (
        <Field label={said.step} hint={said.stepHint} validationMessage={complaints?.context}>
          <Input
            value={draft.context}
            autoComplete="off"
            onChange={(_, to) => {
              onChange({ ...draft, context: to.value });
            }}
          />
        </Field>
      )}
    </div>
  );
}

function Clauses({ draft, complaints, onChange }: Pick<Props, "draft" | "complaints" | "onChange">) {
  const styles = useStyles();
  const { clauses } = draft;
  return (
    <div role="group" aria-label={said.conditions} className={styles.clauses}>
      {clauses.length > 0 && <Text weight="semibold">{said.conditions}</Text>}
      {clauses.map((clause, i) => (
        <ClauseRow
          key={i}
          clause={clause}
          position={i + 1}
          complaint={complaints?.clauses[i]}
          onChange={(to) => {
            onChange({ ...draft, clauses: clauses.with(i, to) });
          }}
          onRemove={() => {
            onChange({ ...draft, clauses: clauses.toSpliced(i, 1) });
          }}
        />
      ))}
      <Button
        size="small"
        icon={<AddRegular />}
        onClick={() => {
          onChange({ ...draft, clauses: [...clauses, emptyClause] });
        }}
      >
        {said.addCondition}
      </Button>
    </div>
  );
}
