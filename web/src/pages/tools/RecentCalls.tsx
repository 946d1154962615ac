import { Badge } from "@fluentui/react-components";
import { HistoryRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { LogRecord } from "../../api/tools";
import { messages } from "../../messages/common";
import { tool as said } from "../../messages/tools";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { When } from "../../ui/When";

const textOf = (record: LogRecord, field: string) => {
  const value = record.fields[field];
  return typeof value === "string" ? value : "";
};

/** The client id under which the platform records calls from here. */
const consoleClient = "gatehouse-console";

const colors = { ok: "success", tool_error: "warning", refused: "danger", fault: "danger", unknown: "informative" } as const;

const isOutcome = (text: string): text is keyof typeof colors => text in colors;

interface Props {
  records: LogRecord[] | undefined;
  trouble: Trouble | undefined;
  again: () => void;
}

/** The last calls of a tool, from the log. */
export function RecentCalls({ records, trouble, again }: Props) {
  const [now] = useState(() => Date.now());
  const columns: Column<LogRecord>[] = [
    { id: "at", title: said.at, width: "10rem", cell: (r) => <When at={textOf(r, "at")} now={now} /> },
    { id: "person", title: said.person, cell: (r) => <bdi>{textOf(r, "actor_name") || messages.nobody}</bdi> },
    {
      id: "client",
      title: said.client,
      cell: (r) => <bdi>{textOf(r, "client") === consoleClient ? said.console : textOf(r, "client")}</bdi>,
    },
    { id: "outcome", title: said.outcome, width: "8rem", cell: (r) => <Outcome text={textOf(r, "outcome")} /> },
  ];
  return (
    <Card title={said.calls}>
      <DataTable
        label={said.calls}
        columns={columns}
        rows={records}
        keyOf={(r) => String(r.seq)}
        trouble={trouble}
        again={again}
        empty={<EmptyState icon={<HistoryRegular />} title={said.noCalls} text={said.noCallsText} />}
      />
    </Card>
  );
}

function Outcome({ text }: { text: string }) {
  if (!isOutcome(text)) return text;
  return (
    <Badge appearance="tint" color={colors[text]}>
      {said.outcomes[text]}
    </Badge>
  );
}
