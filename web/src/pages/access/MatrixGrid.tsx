import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { CheckmarkRegular, DismissRegular, SubtractRegular, QuestionCircleRegular } from "@fluentui/react-icons";
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import type { AccessTool, ToolRole } from "../../api/access";
import { access } from "../../messages/access";
import { matrix as said } from "../../messages/matrix";
import { cellOf, type Verdict } from "./verdict";

const line = `1px solid ${tokens.colorNeutralStroke2}`;
const useStyles = makeStyles({
  scroll: { overflow: "auto", maxHeight: "70vh", border: line, borderRadius: tokens.borderRadiusMedium },
  table: { borderCollapse: "separate", borderSpacing: 0, minWidth: "100%" },
  heading: {
    position: "sticky",
    top: 0,
    zIndex: 2,
    backgroundColor: tokens.colorNeutralBackground3,
    borderBottom: line,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    textAlign: "left",
    verticalAlign: "bottom",
    minWidth: "8rem",
    maxWidth: "14rem",
    overflowWrap: "anywhere",
    fontWeight: tokens.fontWeightSemibold,
  },
  corner: { left: 0, zIndex: 3 },
  tool: {
    position: "sticky",
    left: 0,
    zIndex: 1,
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: line,
    borderRight: line,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    textAlign: "left",
    fontWeight: tokens.fontWeightRegular,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    maxWidth: "20rem",
    overflowWrap: "anywhere",
  },
  cell: { borderBottom: line, padding: tokens.spacingHorizontalXXS },
  off: { color: tokens.colorNeutralForeground3 },
});

const useFaceStyles = makeStyles({
  face: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalXS,
    width: "100%",
    minHeight: "32px",
    padding: `0 ${tokens.spacingHorizontalS}`,
    border: "none",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: "transparent",
    color: tokens.colorNeutralForeground1,
    fontFamily: "inherit",
    fontSize: tokens.fontSizeBase200,
    cursor: "pointer",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
  },
  allow: { color: tokens.colorStatusSuccessForeground1 },
  deny: { color: tokens.colorStatusDangerForeground1 },
  conditional: { color: tokens.colorStatusWarningForeground1 },
  nothing: { color: tokens.colorNeutralForeground3 },
});

const icons: Record<Verdict, ReactNode> = { allow: <CheckmarkRegular />, deny: <DismissRegular />, conditional: <QuestionCircleRegular />, nothing: <SubtractRegular /> };

export interface MatrixProps {
  roles: ToolRole[];
  tools: AccessTool[];
  onCell: (role: ToolRole, tool: AccessTool) => void;
}

/** Where the keys lead from a cell. */
function step(key: string, [row, column]: readonly [number, number], [rows, columns]: readonly [number, number]): readonly [number, number] | undefined {
  switch (key) {
    case "ArrowUp":
      return [Math.max(row - 1, 0), column];
    case "ArrowDown":
      return [Math.min(row + 1, rows - 1), column];
    case "ArrowLeft":
      return [row, Math.max(column - 1, 0)];
    case "ArrowRight":
      return [row, Math.min(column + 1, columns - 1)];
    case "Home":
      return [row, 0];
    case "End":
      return [row, columns - 1];
    default:
      return undefined;
  }
}

/** Tools by roles, as a grid that the keyboard walks. */
export function MatrixGrid({ roles, tools, onCell }: MatrixProps) {
  const styles = useStyles();
  const [[row, column], setAt] = useState<readonly [number, number]>([0, 0]);
  const table = useRef<HTMLTableElement>(null);
  const here = [Math.min(row, tools.length - 1), Math.min(column, roles.length - 1)] as const;
  const move = (event: KeyboardEvent) => {
    const next = step(event.key, here, [tools.length, roles.length]);
    if (!next) return;
    event.preventDefault();
    setAt(next);
    table.current?.querySelector<HTMLElement>(`[data-at="${next[0]} ${next[1]}"]`)?.focus();
  };
  return (
    <div className={styles.scroll}>
      {/* The keys are the grid's, whichever of its buttons has the focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role */}
      <table role="grid" aria-label={said.label} aria-describedby="matrix-keys" className={styles.table} ref={table} onKeyDown={move}>
        <thead>
          <tr>
            <th scope="col" className={mergeClasses(styles.heading, styles.corner)}>
              {said.tool}
            </th>
            {roles.map((role) => (
              <th key={role.id} scope="col" className={styles.heading}>
                <bdi>{role.name}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tools.map((tool, r) => (
            <tr key={tool.name}>
              <th scope="row" className={styles.tool}>
                <bdi>{tool.name}</bdi> {!tool.enabled && <span className={styles.off}>({said.off})</span>}
              </th>
              {roles.map((role, c) => (
                <td key={role.id} className={styles.cell}>
                  <Face
                    role={role}
                    tool={tool}
                    at={`${r} ${c}`}
                    tabIndex={r === here[0] && c === here[1] ? 0 : -1}
                    onPress={() => {
                      setAt([r, c]);
                      onCell(role, tool);
                    }}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface FaceProps {
  role: ToolRole;
  tool: AccessTool;
  at?: string;
  tabIndex?: number;
  onPress: () => void;
}

/** What a role says of a tool, by a sign and a word, never by color alone. */
export function Face({ role, tool, at, tabIndex, onPress }: FaceProps) {
  const styles = useFaceStyles();
  const { verdict } = cellOf(role, tool.name);
  return (
    <button type="button" data-at={at} tabIndex={tabIndex} className={mergeClasses(styles.face, styles[verdict])} aria-label={said.cell(role.name, tool.name, access.verdicts[verdict])} onClick={onPress}>
      <span aria-hidden>{icons[verdict]}</span>
      {verdict !== "nothing" && <span aria-hidden>{access.verdicts[verdict]}</span>}
    </button>
  );
}
