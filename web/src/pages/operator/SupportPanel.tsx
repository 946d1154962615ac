import { Button, Field, Link, makeStyles, Text, Textarea, tokens } from "@fluentui/react-components";
import { PersonSupportRegular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type OperatedOrganization, type SupportAccess, supportQuery, useAskSupport } from "../../api/operator";
import { operator } from "../../messages/operator";
import { troubleOf } from "../../trouble";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Failure } from "../../ui/Failure";
import { Panel } from "../../ui/Panel";
import { useTell } from "../../ui/tell";
import { When } from "../../ui/When";

const said = operator.support;

const useStyles = makeStyles({ root: { display: "grid", gap: tokens.spacingVerticalL, paddingBottom: tokens.spacingVerticalXXL } });

/** Asks an organization to let the operator look inside, and shows what has become of it. */
export function SupportPanel({ organization, onClose }: { organization: OperatedOrganization; onClose: () => void }) {
  const styles = useStyles();
  const list = useQuery(supportQuery(organization.id));
  const ask = useAskSupport();
  const tell = useTell();
  const [now] = useState(() => Date.now());
  const [reason, setReason] = useState("");
  const [short, setShort] = useState(false);
  const submit = () => {
    const text = reason.trim();
    setShort(text.length < 10);
    if (text.length < 10 || ask.isPending) return;
    ask.mutate(
      { id: organization.id, reason: text },
      {
        onSuccess: () => {
          setReason("");
          tell(said.asked(organization.slug), { text: said.askedText });
        },
      },
    );
  };
  const columns: Column<SupportAccess>[] = [
    { id: "when", title: said.when, width: "8rem", cell: (s) => <When at={s.requestedAt} now={now} /> },
    { id: "reason", title: said.reason, cell: (s) => <bdi>{s.reason}</bdi> },
    {
      id: "state",
      title: said.state,
      width: "9rem",
      cell: (s) => (s.state === "approved" ? <Link href={`/o/${organization.slug}`}>{said.open}</Link> : said.states[s.state]),
    },
  ];
  return (
    <Panel title={said.title(organization.slug)} onClose={onClose}>
      <div className={styles.root}>
        <Text>{said.text}</Text>
        <Field label={said.reason} required hint={said.reasonHint} validationMessage={short ? said.reasonShort : undefined}>
          <Textarea
            value={reason}
            maxLength={500}
            onChange={(_, to) => {
              setReason(to.value);
            }}
          />
        </Field>
        {ask.error && <Failure trouble={troubleOf(ask.error)} />}
        <div>
          <Button appearance="primary" onClick={submit} disabledFocusable={ask.isPending}>
            {said.ask}
          </Button>
        </div>
        <DataTable
          label={said.yours}
          columns={columns}
          rows={list.data?.items}
          keyOf={(s) => s.id}
          trouble={list.error ? troubleOf(list.error) : undefined}
          again={() => {
            void list.refetch();
          }}
          empty={<EmptyState icon={<PersonSupportRegular />} title={said.empty} text={said.emptyText} />}
        />
      </div>
    </Panel>
  );
}
