import { Badge, Button, makeStyles, tokens } from "@fluentui/react-components";
import { BuildingMultipleRegular, CheckmarkCircleRegular } from "@fluentui/react-icons";
import type { Act, OperatedOrganization } from "../../api/operator";
import { operator } from "../../messages/operator";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";

const said = operator.organizations;

interface Props {
  organizations: OperatedOrganization[] | undefined;
  more: boolean;
  onMore: () => void;
  trouble: Trouble | undefined;
  again: () => void;
  onAct: (organization: OperatedOrganization, act: Act) => void;
  onSupport: (organization: OperatedOrganization) => void;
}

const useStyles = makeStyles({
  cards: { display: "grid", gap: tokens.spacingVerticalL },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
});

const colors = { pending: "warning", onboarding: "informative", active: "success", suspended: "danger", deleted: "subtle" } as const;

/** What an operator may do with an organization in a state. */
const acts: Record<OperatedOrganization["state"], Act[]> = { pending: ["admit"], onboarding: ["suspend"], active: ["suspend"], suspended: ["resume"], deleted: [] };

const labels = { admit: said.admitLabel, suspend: said.suspendLabel, resume: said.resumeLabel };

export function OrganizationsView({ organizations, more, onMore, trouble, again, onAct, onSupport }: Props) {
  const styles = useStyles();
  const columns: Column<OperatedOrganization>[] = [
    { id: "slug", title: said.slug, cell: (o) => <bdi>{o.slug}</bdi> },
    {
      id: "state",
      title: said.state,
      width: "10rem",
      cell: (o) => (
        <Badge appearance="tint" color={colors[o.state]}>
          {said.states[o.state]}
        </Badge>
      ),
    },
    {
      id: "actions",
      title: operator.actions,
      width: "20rem",
      cell: (o) => (
        <span className={styles.actions}>
          {acts[o.state].map((act) => (
            <Button
              key={act}
              size="small"
              appearance={act === "admit" ? "primary" : "secondary"}
              aria-label={labels[act](o.slug)}
              onClick={() => {
                onAct(o, act);
              }}
            >
              {said[act]}
            </Button>
          ))}
          {o.state !== "deleted" && (
            <Button
              size="small"
              aria-label={said.supportLabel(o.slug)}
              onClick={() => {
                onSupport(o);
              }}
            >
              {said.support}
            </Button>
          )}
        </span>
      ),
    },
  ];
  const waiting = organizations?.filter((o) => o.state === "pending");
  const table = { columns, keyOf: (o: OperatedOrganization) => o.id, trouble, again };
  return (
    <Page title={said.title} organization={operator.area} text={said.text}>
      <div className={styles.cards}>
        {!trouble && (
          <Card title={said.queue}>
            <DataTable label={said.queue} rows={waiting} {...table} empty={<EmptyState icon={<CheckmarkCircleRegular />} title={said.queueEmpty} text={said.queueText} />} />
          </Card>
        )}
        <Card title={said.all}>
          <DataTable label={said.all} rows={organizations} {...table} empty={<EmptyState icon={<BuildingMultipleRegular />} title={said.empty} text={said.emptyText} />} />
          {organizations && organizations.length > 0 && <More shown={said.shown(organizations.length, more)} more={more} onMore={onMore} />}
        </Card>
      </div>
    </Page>
  );
}
