import { Badge, Button, Link, makeStyles, Text, tokens } from "@fluentui/react-components";
import { AddRegular, ServerLinkRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Source, SourceStatus } from "../../api/sources";
import { sources as said } from "../../messages/sources";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { When } from "../../ui/When";
import { HealthBadge } from "./HealthBadge";

interface Props {
  organization: string;
  sources: Source[] | undefined;
  statuses: SourceStatus[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
  addressOf: (source: string) => string;
  onOpen: (source: string) => void;
  onAdd: (() => void) | undefined; // undefined: the role may not
}

const useStyles = makeStyles({
  name: { display: "grid", minWidth: 0 },
  faint: { color: tokens.colorNeutralForeground3, overflowWrap: "anywhere" },
});

const nothing = () => undefined;

export function SourcesView({ organization, sources, statuses, trouble, again, addressOf, onOpen, onAdd }: Props) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const statusOf = (s: Source) => statuses?.find((status) => status.source === s.name);
  const columns: Column<Source>[] = [
    {
      id: "name",
      title: said.name,
      cell: (s) => (
        <div className={styles.name}>
          <Link
            href={addressOf(s.name)}
            onClick={(event) => {
              event.preventDefault();
              onOpen(s.name);
            }}
          >
            <bdi>{s.title ?? s.name}</bdi>
          </Link>
          <Text size={200} className={styles.faint}>
            <bdi>{s.name}</bdi> · <bdi>{s.url}</bdi>
          </Text>
        </div>
      ),
    },
    { id: "health", title: said.health, width: "8rem", cell: (s) => <Status of={statusOf(s)} /> },
    { id: "served", title: said.served, width: "6rem", cell: (s) => statusOf(s)?.served.toLocaleString("en-US") },
    { id: "pending", title: said.pending, width: "9rem", cell: (s) => <Waiting n={statusOf(s)?.pending ?? 0} /> },
    { id: "read", title: said.read, width: "9rem", cell: (s) => <Read at={statusOf(s)?.refreshedAt} now={now} /> },
  ];
  const add = onAdd && (
    <Button appearance="primary" icon={<AddRegular />} onClick={onAdd}>
      {said.add}
    </Button>
  );
  return (
    <Page title={said.title} organization={organization} text={said.text} actions={add}>
      <Card>
        <DataTable
          label={said.title}
          columns={columns}
          rows={sources}
          keyOf={(s) => s.id}
          trouble={trouble}
          again={again}
          empty={<EmptyState icon={<ServerLinkRegular />} title={said.empty} text={onAdd ? said.emptyText : said.emptyReader} />}
        />
        {sources && sources.length > 0 && <More shown={said.shown(sources.length)} more={false} onMore={nothing} />}
      </Card>
    </Page>
  );
}

function Status({ of }: { of: SourceStatus | undefined }) {
  return of ? <HealthBadge health={of.health} /> : null;
}

function Waiting({ n }: { n: number }) {
  if (n === 0) return said.none;
  return (
    <Badge appearance="tint" color="warning">
      {said.waiting(n)}
    </Badge>
  );
}

function Read({ at, now }: { at: string | undefined; now: number }) {
  return at ? <When at={at} now={now} /> : said.never;
}
