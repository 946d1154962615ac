import { Badge, Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import type { ToolRole } from "../../api/access";
import { access } from "../../messages/access";
import { matrix as said } from "../../messages/matrix";
import { Panel } from "../../ui/Panel";
import { type Cell, cellOf } from "./verdict";
import { permissionText } from "./words";

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalL, justifyItems: "start" },
  list: { margin: 0, padding: 0, listStyleType: "none", display: "grid", gap: tokens.spacingVerticalM },
  item: { display: "grid", overflowWrap: "anywhere" },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
});

const colors = { allow: "success", deny: "danger", conditional: "warning", nothing: "informative" } as const;

function reason({ verdict, deciding }: Cell): string | undefined {
  if (verdict === "nothing") return said.nothing;
  if (verdict === "conditional") return said.conditional;
  if (verdict === "deny") return deciding.some(({ permission }) => permission.condition) ? said.onlyDeny : said.denied;
  return undefined;
}

interface Props {
  role: ToolRole;
  tool: string;
  onEdit: (() => void) | undefined; // undefined: the role in the console may not
  onExplain: () => void;
  onClose: () => void;
}

/** Why a role says of a tool what it says. */
export function CellPanel({ role, tool, onEdit, onExplain, onClose }: Props) {
  const styles = useStyles();
  const cell = cellOf(role, tool);
  const why = reason(cell);
  return (
    <Panel
      title={<bdi>{said.why(role.name, tool)}</bdi>}
      onClose={onClose}
      actions={
        <div className={styles.actions}>
          {onEdit && (
            <Button appearance="primary" onClick={onEdit}>
              {said.editRole(role.name)}
            </Button>
          )}
          <Button onClick={onExplain}>{said.explain}</Button>
        </div>
      }
    >
      <div className={styles.root}>
        <Badge appearance="tint" size="large" color={colors[cell.verdict]}>
          {access.verdicts[cell.verdict]}
        </Badge>
        {why && <Text>{why}</Text>}
        <ul className={styles.list}>
          {cell.deciding.map(({ position, permission }) => (
            <li key={position} className={styles.item}>
              <Text weight="semibold">{cell.verdict === "conditional" ? said.bears(position) : said.decides(position)}</Text>
              <Text>{permissionText(permission)}</Text>
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}
