import { Badge, makeStyles, Text, tokens } from "@fluentui/react-components";
import { PeopleLockRegular } from "@fluentui/react-icons";
import type { ToolRole } from "../../api/access";
import { matches } from "../../api/patterns";
import { tool as said } from "../../messages/tools";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";

/** One permission of a role that is about the tool. */
interface Grant {
  id: string;
  role: string;
  effect: "allow" | "deny";
  patterns: string[];
  condition?: string;
}

/** The permissions that match a name, those that deny first: they win. */
export function grantsFor(roles: ToolRole[], name: string): Grant[] {
  return roles
    .flatMap((role) =>
      role.permissions.map((permission, at): Grant => {
        const patterns = permission.patterns.filter((pattern) => matches(pattern, name));
        return { id: `${role.id} ${at}`, role: role.name, effect: permission.effect, patterns, condition: permission.condition };
      }),
    )
    .filter((grant) => grant.patterns.length > 0)
    .sort((a, b) => b.effect.localeCompare(a.effect) || a.role.localeCompare(b.role, "en-US"));
}

const useStyles = makeStyles({
  text: { display: "block", color: tokens.colorNeutralForeground2, marginBottom: tokens.spacingVerticalM },
  mono: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
});

interface Props {
  name: string;
  roles: ToolRole[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
}

export function WhoMayCall({ name, roles, trouble, again }: Props) {
  const styles = useStyles();
  const columns: Column<Grant>[] = [
    { id: "role", title: said.role, cell: (g) => <bdi>{g.role}</bdi> },
    {
      id: "decision",
      title: said.decision,
      width: "8rem",
      cell: (g) => (
        <Badge appearance="tint" color={g.effect === "allow" ? "success" : "danger"}>
          {said[g.effect]}
        </Badge>
      ),
    },
    { id: "patterns", title: said.permission, cell: (g) => <span className={styles.mono}>{g.patterns.join(", ")}</span> },
    { id: "condition", title: said.under, cell: (g) => g.condition && <code className={styles.mono}>{g.condition}</code> },
  ];
  return (
    <Card title={said.who}>
      <Text className={styles.text}>{said.whoText}</Text>
      <DataTable
        label={said.who}
        columns={columns}
        rows={roles && grantsFor(roles, name)}
        keyOf={(g) => g.id}
        trouble={trouble}
        again={again}
        empty={<EmptyState icon={<PeopleLockRegular />} title={said.nobody} text={said.nobodyText} />}
      />
    </Card>
  );
}
