import { Button, Link, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, Spinner, tokens } from "@fluentui/react-components";
import { ArrowSyncRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { type Definition, isPlain, waits } from "../../api/definitions";
import type { Source, SourceStatus } from "../../api/sources";
import { source as said, sources } from "../../messages/sources";
import { Card } from "../../ui/Card";
import { Facts } from "../../ui/Facts";
import { Failure, type Trouble } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { When } from "../../ui/When";
import { DefinitionsCard } from "./DefinitionsCard";
import { HealthBadge } from "./HealthBadge";

/** What an admin can do about a source. */
export interface SourceActs {
  busy: boolean; // reading it
  onRefresh: () => void;
  onApproveAll: () => void;
  onCredential: () => void;
  onSwitch: (enabled: boolean) => void;
  onRemove: () => void;
}

interface Props {
  organization: string;
  name: string;
  source: Source | undefined;
  status: SourceStatus | undefined;
  definitions: Definition[] | undefined;
  trouble: Trouble | undefined; // of the source
  troubleOfDefinitions: Trouble | undefined;
  again: () => void;
  back: string;
  onBack: () => void;
  onShow: (definition: Definition) => void;
  acts: SourceActs | undefined; // undefined: the role may not
}

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalL },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
  body: { whiteSpace: "normal" },
});

/** A source, how it does, and what it offers. */
export function SourceView(props: Props) {
  const { organization, name, source, status, definitions, trouble, troubleOfDefinitions, again, back, onBack, onShow, acts } = props;
  const styles = useStyles();
  // What is shown is shown at once: nothing below moves.
  const whole = source && status && (definitions ?? troubleOfDefinitions);
  const pending = definitions?.filter(waits).length ?? 0;
  const above = (
    <Link
      href={back}
      onClick={(event) => {
        event.preventDefault();
        onBack();
      }}
    >
      {said.back}
    </Link>
  );
  return (
    <Page title={source?.title ?? name} organization={organization} above={above} actions={source && acts && <Actions source={source} acts={acts} />}>
      <div className={styles.root}>
        {trouble && <Failure trouble={trouble} again={again} />}
        {status?.health === "failing" && (
          <MessageBar intent="error" layout="multiline">
            <MessageBarBody className={styles.body}>
              <MessageBarTitle>{said.failing}</MessageBarTitle> <bdi>{status.failure}</bdi>
            </MessageBarBody>
          </MessageBar>
        )}
        {!trouble && !whole && <Loading />}
        {whole && pending > 0 && (
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody className={styles.body}>
              <MessageBarTitle>{said.pendingTitle(pending)}</MessageBarTitle> {said.pendingText}
            </MessageBarBody>
            {acts && definitions?.some(isPlain) && (
              <MessageBarActions>
                <Button onClick={acts.onApproveAll}>{said.approveAll}</Button>
              </MessageBarActions>
            )}
          </MessageBar>
        )}
        {whole && <About source={source} status={status} />}
        {whole && !trouble && <DefinitionsCard definitions={definitions} trouble={troubleOfDefinitions} again={again} reviews={acts !== undefined} onShow={onShow} />}
      </div>
    </Page>
  );
}

function Actions({ source, acts }: { source: Source; acts: SourceActs }) {
  const styles = useStyles();
  const on = source.enabled ?? true;
  return (
    <div className={styles.actions}>
      {on && (
        <Button appearance="primary" icon={acts.busy ? <Spinner size="tiny" /> : <ArrowSyncRegular />} disabledFocusable={acts.busy} onClick={acts.onRefresh}>
          {said.refresh}
        </Button>
      )}
      <Button onClick={acts.onCredential}>{sources.credential.change}</Button>
      <Button
        onClick={() => {
          acts.onSwitch(!on);
        }}
      >
        {on ? said.turnOff : said.turnOn}
      </Button>
      <Button onClick={acts.onRemove}>{said.remove}</Button>
    </div>
  );
}

function About({ source, status }: { source: Source; status: SourceStatus | undefined }) {
  const [now] = useState(() => Date.now());
  const server = [status?.serverName, status?.serverVersion].filter(Boolean).join(" ");
  return (
    <Card title={said.about}>
      <Facts
        facts={[
          [said.facts.health, status && <HealthBadge health={status.health} />],
          [said.facts.url, <bdi key="url">{source.url}</bdi>],
          [said.facts.read, status && (status.refreshedAt ? <When at={status.refreshedAt} now={now} /> : sources.never)],
          [said.facts.tried, status?.triedAt && status.triedAt !== status.refreshedAt ? <When at={status.triedAt} now={now} /> : undefined],
          [said.facts.server, server && <bdi>{server}</bdi>],
          [said.facts.revision, status?.revision],
          [said.facts.credential, sources.credential.kinds[source.credential.kind]],
          [said.facts.naming, said.namings[source.naming ?? "prefixed"]],
          [said.facts.review, said.reviews[source.review ?? "hold"]],
        ]}
      />
    </Card>
  );
}
