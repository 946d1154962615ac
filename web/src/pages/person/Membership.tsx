import { Badge, Button, makeStyles, Spinner, Text, tokens } from "@fluentui/react-components";
import { ArrowSyncRegular, PeopleRegular } from "@fluentui/react-icons";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { clientsQuery } from "../../api/clients";
import { type Decision, membershipQuery } from "../../api/person";
import { person as said } from "../../messages/apps";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { When } from "../../ui/When";

type Group = Decision["groups"][number];

const colors = { member: "success", not_member: "informative", unknown: "warning" } as const;

const useStyles = makeStyles({ text: { display: "block", color: tokens.colorNeutralForeground2, maxWidth: "80ch", marginBottom: tokens.spacingVerticalM } });

/** Asks what is known of somebody; through an app of theirs, or any that is listed. Null: nothing can be asked. */
export function useKnown(person: string, guest: boolean, app: string | undefined, ready: boolean) {
  const { organization, visiting } = usePlace();
  const { slug } = organization;
  const clients = useQuery({ ...clientsQuery(slug), enabled: ready && app === undefined });
  const through = app ?? clients.data?.[0]?.id ?? "";
  const known = useQuery({ ...membershipQuery(slug, person, through, guest), enabled: ready && !visiting && through !== "" });
  return visiting || (through === "" && clients.isSuccess) ? null : known;
}

/** What is known of somebody's groups, from where, and how old it is. */
export function Membership({ known }: { known: UseQueryResult<Decision | null> }) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const groups = known.data === null ? [] : known.data?.groups;
  const columns: Column<Group>[] = [
    { id: "group", title: said.group, cell: (g) => <bdi>{g.name ?? g.id}</bdi> },
    {
      id: "answer",
      title: said.answer,
      width: "8rem",
      cell: (g) => (
        <Badge appearance="tint" color={colors[g.answer]}>
          {said.answers[g.answer]}
        </Badge>
      ),
    },
    { id: "source", title: said.source_, width: "12rem", cell: (g) => said.sources[g.source] },
    { id: "age", title: said.age, width: "9rem", cell: (g) => (g.source === "none" ? "" : <When at={g.at} now={Math.max(now, known.dataUpdatedAt)} />) },
  ];
  const again = () => {
    void known.refetch();
  };
  const button = (
    <Button icon={known.isFetching ? <Spinner size="tiny" /> : <ArrowSyncRegular />} disabledFocusable={known.isFetching} onClick={again}>
      {said.checkAgain}
    </Button>
  );
  return (
    <Card title={said.membership} actions={button}>
      <Text className={styles.text}>{said.membershipText}</Text>
      <DataTable
        label={said.membership}
        columns={columns}
        rows={groups}
        keyOf={(g) => g.id}
        trouble={known.error ? troubleOf(known.error) : undefined}
        again={again}
        empty={<EmptyState icon={<PeopleRegular />} title={said.noGroups} text={said.noGroupsText} />}
      />
    </Card>
  );
}
