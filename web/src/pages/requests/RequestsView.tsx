import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { PersonQuestionMarkRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { AccessRequest } from "../../api/requests";
import { requests as said } from "../../messages/requests";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { PersonCell } from "../../ui/PersonCell";
import { When } from "../../ui/When";

const useStyles = makeStyles({ buttons: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS }, reason: { overflowWrap: "anywhere" } });
const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });

interface Props {
  organization: string;
  requests: AccessRequest[] | undefined;
  more: boolean;
  onMore: () => void;
  trouble: Trouble | undefined;
  again: () => void;
  onApprove: (request: AccessRequest) => void;
  onDismiss: (request: AccessRequest) => void;
}

/** Who waits for an answer. */
export function RequestsView({ organization, requests, more, onMore, trouble, again, onApprove, onDismiss }: Props) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const columns: Column<AccessRequest>[] = [
    { id: "person", title: said.person, width: "15rem", cell: (r) => <PersonCell person={r.person} /> },
    { id: "reason", title: said.reason, cell: (r) => <bdi className={styles.reason}>{r.reason}</bdi> },
    { id: "made", title: said.made, width: "8rem", cell: (r) => <When at={r.madeAt} now={now} /> },
    { id: "expires", title: said.expires, width: "8rem", cell: (r) => day.format(new Date(r.expiresAt)) },
    {
      id: "actions",
      title: said.actions,
      width: "13rem",
      cell: (r) => (
        <span className={styles.buttons}>
          <Button
            size="small"
            aria-label={said.approveLabel(r.person.name)}
            onClick={() => {
              onApprove(r);
            }}
          >
            {said.approve}
          </Button>
          <Button
            size="small"
            aria-label={said.dismissLabel(r.person.name)}
            onClick={() => {
              onDismiss(r);
            }}
          >
            {said.dismiss}
          </Button>
        </span>
      ),
    },
  ];
  const empty = <EmptyState icon={<PersonQuestionMarkRegular />} title={said.empty} text={said.emptyText} />;
  return (
    <Page title={said.title} organization={organization} text={said.text}>
      <Card>
        <DataTable label={said.title} columns={columns} rows={requests} keyOf={(r) => r.id} trouble={trouble} again={again} empty={empty} />
        {requests && requests.length > 0 && <More shown={said.shown(requests.length, more)} more={more} onMore={onMore} />}
      </Card>
    </Page>
  );
}
