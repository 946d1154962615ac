import { Button, Link, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, SearchBox, Select, tokens } from "@fluentui/react-components";
import { SearchRegular, WrenchRegular } from "@fluentui/react-icons";
import type { Tool } from "../../api/tools";
import { tools as said } from "../../messages/tools";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EffectBadge } from "../../ui/EffectBadge";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { StateBadge } from "./About";
import { filtered, readFilter, type ToolFilter } from "./filter";

/** A place to go to: its address, and how to get there. */
export interface Way {
  address: string;
  go: () => void;
}

interface Props {
  organization: string;
  tools: Tool[] | undefined;
  pending: { source: string; count: number }[];
  filter: ToolFilter;
  onFilter: (filter: ToolFilter) => void;
  trouble: Trouble | undefined;
  again: () => void;
  toTool: (name: string) => Way;
  toSource: (name: string) => Way;
  onSources: () => void;
}

const useStyles = makeStyles({
  bar: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, marginBottom: tokens.spacingVerticalM },
  search: { width: "18rem", maxWidth: "100%" },
  message: { marginBottom: tokens.spacingVerticalL },
  body: { whiteSpace: "normal" },
  links: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM },
});

const nothing = () => undefined;

export function ToolsView({ organization, tools, pending, filter, onFilter, trouble, again, toTool, toSource, onSources }: Props) {
  const rows = tools && filtered(tools, filter);
  const columns: Column<Tool>[] = [
    { id: "name", title: said.name, cell: (t) => <Going text={t.name} way={toTool(t.name)} /> },
    { id: "source", title: said.source, width: "12rem", cell: (t) => (t.source ? <Going text={t.source} way={toSource(t.source)} /> : said.sources.own) },
    { id: "effect", title: said.effect, width: "9rem", cell: (t) => <EffectBadge effect={t.effect} /> },
    { id: "state", title: said.state, width: "9rem", cell: (t) => <StateBadge tool={t} /> },
  ];
  const toSources = <Button onClick={onSources}>{said.toSources}</Button>;
  const empty = tools?.some((t) => t.kind === "tool") ? (
    <EmptyState icon={<SearchRegular />} title={said.noMatch} text={said.noMatchText} />
  ) : (
    <EmptyState icon={<WrenchRegular />} title={said.empty} text={said.emptyText} action={toSources} />
  );
  return (
    <Page title={said.title} organization={organization} text={said.text} actions={toSources}>
      {pending.length > 0 && <Pending pending={pending} toSource={toSource} />}
      <Card>
        <Filters tools={tools ?? []} filter={filter} onFilter={onFilter} />
        <DataTable label={said.title} columns={columns} rows={rows} keyOf={(t) => `${t.name} ${t.source ?? ""}`} trouble={trouble} again={again} empty={empty} />
        {rows && rows.length > 0 && <More shown={said.shown(rows.length)} more={false} onMore={nothing} />}
      </Card>
    </Page>
  );
}

function Going({ text, way }: { text: string; way: Way }) {
  return (
    <Link
      href={way.address}
      onClick={(event) => {
        event.preventDefault();
        way.go();
      }}
    >
      <bdi>{text}</bdi>
    </Link>
  );
}

function Pending({ pending, toSource }: Pick<Props, "pending" | "toSource">) {
  const styles = useStyles();
  return (
    <MessageBar intent="warning" layout="multiline" className={styles.message}>
      <MessageBarBody className={styles.body}>
        <MessageBarTitle>{said.pendingTitle(pending.reduce((sum, p) => sum + p.count, 0))}</MessageBarTitle>
        <span className={styles.links}>
          {pending.map(({ source, count }) => (
            <Going key={source} text={said.pendingOf(source, count)} way={toSource(source)} />
          ))}
        </span>
      </MessageBarBody>
    </MessageBar>
  );
}

function Filters({ tools, filter, onFilter }: { tools: Tool[]; filter: ToolFilter; onFilter: (filter: ToolFilter) => void }) {
  const styles = useStyles();
  const sources = [...new Set(tools.filter((t) => t.kind === "tool").flatMap((t) => t.source ?? []))].sort();
  const narrow = (part: Record<string, unknown>) => {
    onFilter(readFilter({ ...filter, ...part }));
  };
  return (
    <div className={styles.bar}>
      <SearchBox
        className={styles.search}
        placeholder={said.search}
        aria-label={said.searchLabel}
        value={filter.text ?? ""}
        onChange={(_, to) => {
          narrow({ text: to.value });
        }}
      />
      <Select
        aria-label={said.effect}
        value={filter.effect ?? "all"}
        onChange={(_, to) => {
          narrow({ effect: to.value });
        }}
      >
        {Object.entries(said.effects).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </Select>
      <Select
        aria-label={said.state}
        value={filter.state ?? "all"}
        onChange={(_, to) => {
          narrow({ state: to.value });
        }}
      >
        {Object.entries(said.states).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </Select>
      <Select
        aria-label={said.source}
        value={filter.source === undefined ? "*" : filter.source}
        onChange={(_, to) => {
          narrow({ source: to.value === "*" ? undefined : to.value });
        }}
      >
        <option value="*">{said.sources.all}</option>
        <option value="">{said.sources.own}</option>
        {sources.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Select>
    </div>
  );
}
