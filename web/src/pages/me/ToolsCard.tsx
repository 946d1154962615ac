import { Badge, makeStyles, Text, tokens, Tooltip } from "@fluentui/react-components";
import { WrenchRegular } from "@fluentui/react-icons";
import type { OwnRole, OwnTool } from "../../api/me";
import { me as said } from "../../messages/me";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { More } from "../../ui/More";
import type { List } from "./MeView";

const useStyles = makeStyles({
  lead: { display: "block", color: tokens.colorNeutralForeground2, marginBottom: tokens.spacingVerticalM },
  cell: { display: "grid", minWidth: 0 },
  mono: { color: tokens.colorNeutralForeground3, fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
  faint: { color: tokens.colorNeutralForeground3 },
  badges: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalXS },
  roles: { listStyleType: "none", margin: 0, padding: 0, display: "grid", gap: tokens.spacingVerticalXS },
});

const colors = { read: "informative", write: "warning", destructive: "danger" } as const;

/** What somebody may call, and which role gives it to them. */
export function ToolsCard({ tools, roles }: { tools: List<OwnTool>; roles: OwnRole[] }) {
  const styles = useStyles();
  const columns: Column<OwnTool>[] = [
    { id: "tool", title: said.tool, cell: (t) => <ToolCell tool={t} /> },
    { id: "effect", title: said.effect, width: "14rem", cell: (t) => <EffectCell tool={t} /> },
    { id: "from", title: said.from, width: "16rem", cell: (t) => <RolesCell roles={roles.filter((role) => t.roles.includes(role.name))} /> },
  ];
  return (
    <Card title={said.tools}>
      <Text className={styles.lead}>{said.toolsText}</Text>
      <DataTable
        label={said.tools}
        columns={columns}
        rows={tools.rows}
        keyOf={(t) => t.name}
        trouble={tools.trouble}
        again={tools.again}
        empty={<EmptyState icon={<WrenchRegular />} title={said.noTools} text={said.noToolsText} />}
      />
      {tools.rows && tools.rows.length > 0 && <More shown={said.toolsShown(tools.rows.length, tools.more)} more={tools.more} onMore={tools.onMore} />}
    </Card>
  );
}

function ToolCell({ tool }: { tool: OwnTool }) {
  const styles = useStyles();
  return (
    <div className={styles.cell}>
      <Text weight="semibold">
        <bdi>{tool.title ?? tool.name}</bdi>
      </Text>
      {tool.title && (
        <Text size={200} className={styles.mono}>
          <bdi>{tool.name}</bdi>
        </Text>
      )}
      {tool.description && (
        <Text size={200} className={styles.faint}>
          <bdi>{tool.description}</bdi>
        </Text>
      )}
    </div>
  );
}

function EffectCell({ tool }: { tool: OwnTool }) {
  const styles = useStyles();
  return (
    <span className={styles.badges}>
      <Badge appearance="tint" color={colors[tool.effect]}>
        {said.effects[tool.effect]}
      </Badge>
      {tool.conditional && (
        <Tooltip content={said.conditionalWhy} relationship="description">
          <Badge appearance="outline" color="informative" tabIndex={0}>
            {said.conditional}
          </Badge>
        </Tooltip>
      )}
    </span>
  );
}

const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });

function RolesCell({ roles }: { roles: OwnRole[] }) {
  const styles = useStyles();
  return (
    <ul className={styles.roles}>
      {roles.map((role) => (
        <li key={role.name} className={styles.cell}>
          <Text>
            <bdi>{role.name}</bdi>
          </Text>
          <Text size={200} className={styles.faint}>
            <bdi>{role.via.map(way).join("; ")}</bdi>
          </Text>
        </li>
      ))}
    </ul>
  );
}

function way(via: OwnRole["via"][number]): string {
  const subject = said.via[via.kind](via.name ?? "");
  return via.endsAt ? `${subject}, ${said.until(day.format(new Date(via.endsAt)))}` : subject;
}
