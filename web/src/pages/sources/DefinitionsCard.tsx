import { Badge, Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { DocumentSearchRegular } from "@fluentui/react-icons";
import { type Definition, type DefinitionState, proposed, waits } from "../../api/definitions";
import { source as said } from "../../messages/sources";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EffectBadge } from "../../ui/EffectBadge";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";

interface Props {
  definitions: Definition[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
  reviews: boolean; // whether the role may decide
  onShow: (definition: Definition) => void;
}

const useStyles = makeStyles({
  name: { display: "grid", minWidth: 0 },
  faint: { color: tokens.colorNeutralForeground3, overflow: "hidden", maxHeight: `calc(2 * ${tokens.lineHeightBase200})` },
  state: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalXS },
});

const colors: Record<DefinitionState, "success" | "warning" | "danger" | "informative"> = {
  approved: "success",
  pending: "warning",
  changed: "warning",
  gone: "informative",
  unusable: "danger",
};

/** What waits first, then by name. */
function inOrder(a: Definition, b: Definition): number {
  return Number(waits(b)) - Number(waits(a)) || a.name.localeCompare(b.name, "en-US");
}

/** Everything that a source offers, with what became of it. */
export function DefinitionsCard({ definitions, trouble, again, reviews, onShow }: Props) {
  const styles = useStyles();
  const columns: Column<Definition>[] = [
    {
      id: "name",
      title: said.name,
      cell: (d) => (
        <div className={styles.name}>
          <Text weight="semibold">
            <bdi>{d.name}</bdi>
          </Text>
          {d.description && (
            <Text size={200} className={styles.faint}>
              <bdi>{d.description}</bdi>
            </Text>
          )}
        </div>
      ),
    },
    { id: "kind", title: said.kind, width: "8rem", cell: (d) => said.kinds[d.kind] },
    {
      id: "state",
      title: said.state,
      width: "10rem",
      cell: (d) => (
        <div className={styles.state}>
          <Badge appearance="tint" color={colors[d.state]}>
            {said.states[d.state]}
          </Badge>
          {d.flags.length > 0 && (
            <Badge appearance="outline" color="warning">
              {said.flagged(d.flags.length)}
            </Badge>
          )}
        </div>
      ),
    },
    { id: "effect", title: said.effect, width: "8rem", cell: (d) => (d.kind === "tool" ? <EffectBadge effect={proposed(d)} /> : null) },
    {
      id: "action",
      title: said.action,
      width: "7rem",
      cell: (d) => {
        const decides = reviews && waits(d);
        return (
          <Button
            size="small"
            aria-label={decides ? said.reviewLabel(d.name) : said.showLabel(d.name)}
            onClick={() => {
              onShow(d);
            }}
          >
            {decides ? said.review : said.show}
          </Button>
        );
      },
    },
  ];
  return (
    <Card title={said.definitions}>
      <DataTable
        label={said.definitions}
        columns={columns}
        rows={definitions?.toSorted(inOrder)}
        keyOf={(d) => `${d.kind} ${d.name}`}
        trouble={trouble}
        again={again}
        empty={<EmptyState icon={<DocumentSearchRegular />} title={said.empty} text={said.emptyText} />}
      />
    </Card>
  );
}
