import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import type { Ending, OwnSource } from "../../api/me";
import { me as said } from "../../messages/me";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { More } from "../../ui/More";
import { When } from "../../ui/When";
import type { List } from "./MeView";

const useStyles = makeStyles({ lead: { display: "block", color: tokens.colorNeutralForeground2, marginBottom: tokens.spacingVerticalM } });

/** Where somebody has signed in so that their tools work; nothing where they have not. */
export function SourcesCard({ sources, now, onEnd }: { sources: List<OwnSource>; now: number; onEnd: (ending: Ending) => void }) {
  const styles = useStyles();
  if (!sources.trouble && (!sources.rows || sources.rows.length === 0)) return null;
  const columns: Column<OwnSource>[] = [
    { id: "source", title: said.source, cell: (s) => <bdi>{s.sourceName}</bdi> },
    { id: "issuer", title: said.issuer, cell: (s) => <bdi>{s.issuer}</bdi> },
    { id: "renewed", title: said.renewed, width: "9rem", cell: (s) => <When at={s.renewedAt} now={now} /> },
    {
      id: "actions",
      title: said.actions,
      width: "6rem",
      cell: (s) => (
        <Button
          size="small"
          aria-label={said.endSource(s.sourceName)}
          onClick={() => {
            onEnd({ kind: "source", id: s.id, name: s.sourceName });
          }}
        >
          {said.revoke}
        </Button>
      ),
    },
  ];
  return (
    <Card title={said.sources}>
      <Text className={styles.lead}>{said.sourcesText}</Text>
      <DataTable label={said.sources} columns={columns} rows={sources.rows} keyOf={(s) => s.id} trouble={sources.trouble} again={sources.again} empty={null} />
      <More shown={said.sourcesShown(sources.rows?.length ?? 0, sources.more)} more={sources.more} onMore={sources.onMore} />
    </Card>
  );
}
