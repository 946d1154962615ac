import { makeStyles, tokens } from "@fluentui/react-components";
import { PersonQuestionMarkRegular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { accessToolsQuery, listedAppsQuery, rolesQuery } from "../../api/access";
import { decisionQuery } from "../../api/decision";
import { connectedPeopleQuery, type FoundPerson, seenPeopleQuery } from "../../api/people";
import { includes } from "../../api/roles";
import { explorer as said } from "../../messages/explorer";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { Card } from "../../ui/Card";
import { EmptyState } from "../../ui/EmptyState";
import { Failure } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { DecisionView } from "./DecisionView";
import { FixDialog } from "./FixDialog";
import { type Fix, fixesOf } from "./fixes";
import { type Choices, QuestionForm } from "./QuestionForm";
import { questionOf } from "./search";

const useStyles = makeStyles({
  columns: {
    display: "grid",
    gridTemplateColumns: "minmax(0, 22rem) minmax(0, 1fr)",
    gap: tokens.spacingHorizontalL,
    alignItems: "start",
    "@media (max-width: 1100px)": { gridTemplateColumns: "minmax(0, 1fr)" },
  },
});

/** May this person, with this AI app, call this tool? The question is in the address. */
export function ExplorerPage() {
  const styles = useStyles();
  const { organization, held } = usePlace();
  const org = organization.slug;
  const search = useSearch({ from: "/o/$org/access/explorer" });
  const navigate = useNavigate({ from: "/o/$org/access/explorer" });
  const [fix, setFix] = useState<Fix | null>(null);
  const [found, setFound] = useState<FoundPerson[]>([]);
  const { choices, known } = useChoices(org, includes(held, "auditor"), found);
  const question = questionOf(search);
  const asked = useQuery(decisionQuery(org, question));
  return (
    <Page title={said.title} organization={organization.name} text={said.text}>
      <div className={styles.columns}>
        <Card title={said.question}>
          <QuestionForm
            key={JSON.stringify(search)}
            question={search}
            choices={choices}
            busy={asked.isFetching}
            onFound={(person) => {
              setFound((before) => [...before, person]);
            }}
            onAsk={(next) => {
              if (JSON.stringify(questionOf(next)) === JSON.stringify(question)) void asked.refetch();
              else void navigate({ search: next });
            }}
          />
        </Card>
        <div>
          {!question && (
            <Card>
              <EmptyState icon={<PersonQuestionMarkRegular />} title={said.waiting} text={said.waitingText} />
            </Card>
          )}
          {question && asked.isPending && <Loading />}
          {asked.error && (
            <Failure
              trouble={troubleOf(asked.error)}
              again={() => {
                void asked.refetch();
              }}
            />
          )}
          {asked.data && !asked.error && <DecisionView decision={asked.data} name={choices.people.find((p) => p.oid === asked.data.caller.oid)?.name ?? ""} fixes={includes(held, "admin") && known ? fixesOf(asked.data, known) : undefined} onFix={setFix} />}
        </div>
      </div>
      {fix && (
        <FixDialog
          fix={fix}
          onClose={() => {
            setFix(null);
          }}
        />
      )}
    </Page>
  );
}

/** What can be asked about, as far as it has come. */
function useChoices(org: string, mayReadLog: boolean, found: FoundPerson[]) {
  const roles = useQuery(rolesQuery(org)).data;
  const listed = useQuery(listedAppsQuery(org)).data;
  const apps = listed ?? [];
  const tools = useQuery(accessToolsQuery(org)).data ?? [];
  const connected = useQuery(connectedPeopleQuery(org)).data ?? [];
  const seen = useQuery({ ...seenPeopleQuery(org), enabled: mayReadLog }).data ?? [];
  const people = new Map([...seen, ...connected, ...found].map((one) => [one.oid, { ...one, name: one.name || one.oid }]));
  const choices: Choices = { people: [...people.values()], apps: apps.map(({ id, name }) => ({ id, name })), tools: tools.map(({ name }) => ({ id: name, name })) };
  return { choices, known: roles && listed && { roles, apps } }; // advice before all is known would be wrong
}
