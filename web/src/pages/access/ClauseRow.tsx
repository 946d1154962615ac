import { Button, Checkbox, Field, Input, makeStyles, Select, tokens } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import { access } from "../../messages/access";
import { roles as said } from "../../messages/roles";
import { type Clause, operators } from "./condition";

const useStyles = makeStyles({
  root: {
    display: "grid",
    gridTemplateColumns: "minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1fr) auto",
    gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalS}`,
    alignItems: "start",
    "@media (max-width: 640px)": { gridTemplateColumns: "minmax(0, 1fr)" },
  },
  box: { width: "100%", minWidth: 0 },
  remove: { marginTop: "24px", "@media (max-width: 640px)": { marginTop: 0, justifySelf: "start" } },
  optional: { gridColumn: "1 / -1" },
});

interface Props {
  clause: Clause;
  position: number; // from 1
  complaint: { field?: string; value?: string } | undefined;
  onChange: (to: Clause) => void;
  onRemove: () => void;
}

/** One comparison of an argument. */
export function ClauseRow({ clause, position, complaint, onChange, onRemove }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <Field label={said.field} hint={said.fieldHint} validationMessage={complaint?.field}>
        <Input
          className={styles.box}
          value={clause.field}
          autoComplete="off"
          spellCheck={false}
          onChange={(_, to) => {
            onChange({ ...clause, field: to.value });
          }}
        />
      </Field>
      <Field label={said.operator}>
        <Select
          className={styles.box}
          value={clause.operator}
          onChange={(_, to) => {
            onChange({ ...clause, operator: operators.find((o) => o === to.value) ?? "==" });
          }}
        >
          {operators.map((operator) => (
            <option key={operator} value={operator}>
              {access.operators[operator]}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={said.value} hint={clause.operator === "in" ? said.valueHint.in : said.valueHint.other} validationMessage={complaint?.value}>
        <Input
          className={styles.box}
          value={clause.value}
          autoComplete="off"
          spellCheck={false}
          onChange={(_, to) => {
            onChange({ ...clause, value: to.value });
          }}
        />
      </Field>
      <Button className={styles.remove} appearance="subtle" icon={<DismissRegular />} aria-label={said.removeCondition(position)} onClick={onRemove} />
      <Checkbox
        className={styles.optional}
        label={said.optional}
        checked={clause.optional}
        onChange={(_, to) => {
          onChange({ ...clause, optional: to.checked === true });
        }}
      />
    </div>
  );
}
