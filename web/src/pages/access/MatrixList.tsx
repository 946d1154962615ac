import { makeStyles, Text, tokens } from "@fluentui/react-components";
import { matrix as said } from "../../messages/matrix";
import { Face, type MatrixProps } from "./MatrixGrid";
import { cellOf } from "./verdict";

const useStyles = makeStyles({
  list: { listStyleType: "none", margin: 0, padding: 0, display: "grid", gap: tokens.spacingVerticalL },
  tool: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
  roles: { listStyleType: "none", margin: 0, padding: 0 },
  role: { display: "grid", gridTemplateColumns: "minmax(0, 1fr) minmax(0, 1fr)", alignItems: "center", borderBottom: `1px solid ${tokens.colorNeutralStroke2}`, overflowWrap: "anywhere" },
  faint: { color: tokens.colorNeutralForeground3 },
});

/** The same on a phone: each tool, and the roles that say something of it. */
export function MatrixList({ roles, tools, onCell }: MatrixProps) {
  const styles = useStyles();
  return (
    <ul className={styles.list} aria-label={said.label}>
      {tools.map((tool) => {
        const speaking = roles.filter((role) => cellOf(role, tool.name).verdict !== "nothing");
        return (
          <li key={tool.name}>
            <Text weight="semibold" className={styles.tool}>
              <bdi>{tool.name}</bdi>
            </Text>
            {speaking.length === 0 && (
              <Text block className={styles.faint}>
                {said.noRole}
              </Text>
            )}
            <ul className={styles.roles}>
              {speaking.map((role) => (
                <li key={role.id} className={styles.role}>
                  <bdi>{role.name}</bdi>
                  <Face
                    role={role}
                    tool={tool}
                    onPress={() => {
                      onCell(role, tool);
                    }}
                  />
                </li>
              ))}
            </ul>
          </li>
        );
      })}
    </ul>
  );
}
