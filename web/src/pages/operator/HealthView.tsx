import { Badge, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { PlatformStatus } from "../../api/operator";
import { operator } from "../../messages/operator";
import { Card } from "../../ui/Card";
import { Facts } from "../../ui/Facts";
import { Failure, type Trouble } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { When } from "../../ui/When";

const said = operator.health;

const useStyles = makeStyles({
  cards: { display: "grid", gap: tokens.spacingVerticalL },
  state: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
});

interface Props {
  status: PlatformStatus | undefined;
  trouble: Trouble | undefined;
  again: () => void;
}

export function HealthView({ status, trouble, again }: Props) {
  return (
    <Page title={said.title} organization={operator.area} text={said.text}>
      {trouble && <Failure trouble={trouble} again={again} />}
      {!trouble && (status ? <Known status={status} /> : <Loading />)}
    </Page>
  );
}

function Known({ status }: { status: PlatformStatus }) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const state = (
    <span className={styles.state}>
      <Badge appearance="tint" color={status.ready ? "success" : "danger"}>
        {status.ready ? said.ready : said.notReady}
      </Badge>
      {status.trouble && <Text>{status.trouble}</Text>}
    </span>
  );
  const counts = status.organizations.map(({ state, count }) => [operator.organizations.states[state], count.toLocaleString("en-US")] as const);
  return (
    <div className={styles.cards}>
      <Card title={said.replica}>
        <Facts
          facts={[
            [said.state, state],
            [said.version, status.version],
            [said.started, <When key="started" at={status.startedAt} now={now} />],
            [said.waiting, status.waitingRecords.toLocaleString("en-US")],
            [said.clock, said.seconds(status.clockAheadSeconds)],
          ]}
        />
      </Card>
      <Card title={said.organizations}>{counts.length > 0 ? <Facts facts={counts} /> : <Text>{said.none}</Text>}</Card>
    </div>
  );
}
