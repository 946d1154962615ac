import { Button, Link, makeStyles, Text, tokens } from "@fluentui/react-components";
import { AppsRegular } from "@fluentui/react-icons";
import type { Ending, OwnConnection } from "../../api/me";
import { me as said } from "../../messages/me";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { More } from "../../ui/More";
import { When } from "../../ui/When";
import type { List } from "./MeView";

const useStyles = makeStyles({
  lead: { display: "block", color: tokens.colorNeutralForeground2, marginBottom: tokens.spacingVerticalM },
  cell: { display: "grid", minWidth: 0 },
  faint: { color: tokens.colorNeutralForeground3 },
});

interface Props {
  apps: List<OwnConnection>;
  slug: string;
  now: number;
  onEnd: (ending: Ending) => void;
}

/** Which AI apps act for somebody, and the end of that. */
export function AppsCard({ apps, slug, now, onEnd }: Props) {
  const styles = useStyles();
  const columns: Column<OwnConnection>[] = [
    { id: "app", title: said.app, cell: (c) => <AppCell app={c} /> },
    { id: "made", title: said.made, width: "9rem", cell: (c) => <When at={c.madeAt} now={now} /> },
    { id: "used", title: said.used, width: "9rem", cell: (c) => <When at={c.usedAt} now={now} /> },
    {
      id: "actions",
      title: said.actions,
      width: "6rem",
      cell: (c) => (
        <Button
          size="small"
          aria-label={said.revokeLabel(c.name)}
          onClick={() => {
            onEnd({ kind: "connection", id: c.id, name: c.name });
          }}
        >
          {said.revoke}
        </Button>
      ),
    },
  ];
  const empty = <EmptyState icon={<AppsRegular />} title={said.noApps} text={said.noAppsText} action={<Link href={`/t/${slug}/mcp`}>{said.connect}</Link>} />;
  return (
    <Card title={said.apps}>
      <Text className={styles.lead}>{said.appsText}</Text>
      <DataTable label={said.apps} columns={columns} rows={apps.rows} keyOf={(c) => c.id} trouble={apps.trouble} again={apps.again} empty={empty} />
      {apps.rows && apps.rows.length > 0 && <More shown={said.appsShown(apps.rows.length, apps.more)} more={apps.more} onMore={apps.onMore} />}
    </Card>
  );
}

function AppCell({ app }: { app: OwnConnection }) {
  const styles = useStyles();
  return (
    <div className={styles.cell}>
      <Text weight="semibold">
        <bdi>{app.name}</bdi>
      </Text>
      <Text size={200} className={styles.faint}>
        {app.host ? said.verified(app.host) : said.unverified}
      </Text>
    </div>
  );
}
