import { Button, makeStyles, Tab, TabList, tokens } from "@fluentui/react-components";
import { ArrowClockwiseRegular, ArrowDownloadRegular } from "@fluentui/react-icons";
import type { Counts, Interval, LogRecord } from "../../api/auditrecords";
import { audit as said } from "../../messages/audit";
import { Card } from "../../ui/Card";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";
import { Filters, type Known } from "./Filters";
import { Histogram } from "./Histogram";
import { appOf } from "./record";
import { Records } from "./Records";
import { type AuditSearch, type Range, views } from "./search";

interface Props {
  organization: string;
  search: AuditSearch;
  known: { people: Known[]; apps: Known[]; tools: Known[]; roles: Known[] };
  counts: Counts | undefined;
  starts: number[];
  interval: Interval;
  records: LogRecord[] | undefined;
  more: boolean;
  busy: boolean;
  trouble: Trouble | undefined;
  again: () => void;
  onMore: () => void;
  onSearch: (part: Partial<AuditSearch>) => void;
  onClear: () => void;
  onRefresh: () => void;
  onExport: () => void;
}

const useStyles = makeStyles({
  stack: { display: "grid", gap: tokens.spacingVerticalL },
  tabs: { marginLeft: `-${tokens.spacingHorizontalM}`, marginBottom: tokens.spacingVerticalM, overflowX: "auto" },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
  chart: { marginTop: tokens.spacingVerticalL },
});

export function AuditView(props: Props) {
  const styles = useStyles();
  const { organization, search, known, counts, starts, interval, records, more, busy, trouble, again, onMore, onSearch, onClear, onRefresh, onExport } = props;
  const narrow = ({ from, to }: Range) => {
    onSearch({ span: "custom", from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  };
  const actions = (
    <div className={styles.actions}>
      <Button icon={<ArrowClockwiseRegular />} onClick={onRefresh}>
        {said.refresh}
      </Button>
      <Button appearance="primary" icon={<ArrowDownloadRegular />} onClick={onExport}>
        {said.export}
      </Button>
    </div>
  );
  return (
    <Page title={said.title} organization={organization} text={said.text} actions={actions}>
      <TabList
        className={styles.tabs}
        aria-label={said.viewsLabel}
        selectedValue={search.view ?? "signins"}
        onTabSelect={(_, to) => {
          const view = views.find((one) => one === to.value);
          if (view) onSearch({ view, kind: undefined, ...(view === "calls" ? {} : { tool: undefined, effect: undefined }) });
        }}
      >
        {views.map((view) => (
          <Tab key={view} value={view}>
            {said.views[view]}
          </Tab>
        ))}
      </TabList>
      <div className={styles.stack}>
        <Card>
          <Filters search={search} known={known} onChange={onSearch} onClear={onClear} />
          <div className={styles.chart}>
            <Histogram key={starts.join()} counts={counts} starts={starts} interval={interval} onNarrow={narrow} />
          </div>
        </Card>
        <Card>
          <Records
            records={records}
            more={more}
            busy={busy}
            open={search.record}
            appName={(client) => appOf(client, known.apps)}
            trouble={trouble}
            again={again}
            onMore={onMore}
            onOpen={(record) => { onSearch({ record }); }}
          />
        </Card>
      </div>
    </Page>
  );
}
