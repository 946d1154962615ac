import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { AddRegular, AppsRegular, ShieldRegular } from "@fluentui/react-icons";
import type { ListedApp, ScopeCeiling } from "../../api/access";
import { access } from "../../messages/access";
import { maximum as said } from "../../messages/maximum";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";

const useStyles = makeStyles({
  stack: { display: "grid", gap: tokens.spacingVerticalL },
  who: { display: "grid", minWidth: 0 },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  faint: { color: tokens.colorNeutralForeground3 },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
});

/** A list and what became of asking for it. */
export interface Asked<T> {
  items: T[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
}

export interface MaximumActions {
  onApp: (app: ListedApp) => void;
  onScope: (scope: ScopeCeiling | null) => void; // null: one that has no maximum yet
  onLift: (scope: ScopeCeiling) => void;
}

interface Props {
  organization: string;
  apps: Asked<ListedApp>;
  scopes: Asked<ScopeCeiling>;
  actions: MaximumActions | undefined; // undefined: the role in the console may not
}

export function MaximumView({ organization, apps, scopes, actions }: Props) {
  const styles = useStyles();
  const appColumns: Column<ListedApp>[] = [
    { id: "app", title: said.app, width: "22rem", cell: (app) => <App app={app} /> },
    { id: "most", title: said.most, cell: (app) => <Most patterns={app.maximumPermissions?.patterns} /> },
  ];
  const scopeColumns: Column<ScopeCeiling>[] = [
    { id: "scope", title: said.scope, width: "22rem", cell: (s) => <bdi className={styles.mono}>{s.scope}</bdi> },
    { id: "most", title: said.most, cell: (s) => <Most patterns={s.patterns} /> },
  ];
  if (actions) {
    const act = (text: string, label: string, onPress: () => void) => (
      <Button size="small" aria-label={label} onClick={onPress}>
        {text}
      </Button>
    );
    appColumns.push({
      id: "actions",
      title: access.actions,
      width: "7rem",
      cell: (app) =>
        act(said.change, said.changeLabel(app.name), () => {
          actions.onApp(app);
        }),
    });
    scopeColumns.push({
      id: "actions",
      title: access.actions,
      width: "12rem",
      cell: (s) => (
        <div className={styles.actions}>
          {act(said.change, said.changeLabel(s.scope), () => {
            actions.onScope(s);
          })}
          {act(said.lift, said.liftLabel(s.scope), () => {
            actions.onLift(s);
          })}
        </div>
      ),
    });
  }
  const limit = actions && (
    <Button
      icon={<AddRegular />}
      onClick={() => {
        actions.onScope(null);
      }}
    >
      {said.limitScope}
    </Button>
  );
  return (
    <Page title={said.title} organization={organization} text={said.text}>
      <div className={styles.stack}>
        <Card title={said.apps}>
          <DataTable
            label={said.apps}
            columns={appColumns}
            rows={apps.items}
            keyOf={(app) => app.id}
            trouble={apps.trouble}
            again={apps.again}
            empty={<EmptyState icon={<AppsRegular />} title={said.emptyApps} text={said.emptyAppsText} />}
          />
        </Card>
        <Card title={said.scopes} actions={limit}>
          <DataTable
            label={said.scopes}
            columns={scopeColumns}
            rows={scopes.items}
            keyOf={(s) => s.scope}
            trouble={scopes.trouble}
            again={scopes.again}
            empty={<EmptyState icon={<ShieldRegular />} title={said.emptyScopes} text={said.emptyScopesText} />}
          />
        </Card>
      </div>
    </Page>
  );
}

function App({ app }: { app: ListedApp }) {
  const styles = useStyles();
  return (
    <div className={styles.who}>
      <Text weight="semibold">
        <bdi>{app.name}</bdi>
      </Text>
      <bdi className={`${styles.mono} ${styles.faint}`}>{app.id}</bdi>
    </div>
  );
}

function Most({ patterns }: { patterns: string[] | undefined }) {
  const styles = useStyles();
  if (!patterns) return <Text className={styles.faint}>{said.everything}</Text>;
  return <span className={styles.mono}>{patterns.join(", ")}</span>;
}
