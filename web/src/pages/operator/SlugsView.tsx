import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { AddRegular, TagRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { ApprovedSlug } from "../../api/operator";
import { operator } from "../../messages/operator";
import { Card } from "../../ui/Card";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { When } from "../../ui/When";

const said = operator.slugs;

const useStyles = makeStyles({ mono: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" } });

interface Props {
  slugs: ApprovedSlug[] | undefined;
  more: boolean;
  onMore: () => void;
  trouble: Trouble | undefined;
  again: () => void;
  onAdd: () => void;
  onRemove: (slug: ApprovedSlug) => void;
}

export function SlugsView({ slugs, more, onMore, trouble, again, onAdd, onRemove }: Props) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const columns: Column<ApprovedSlug>[] = [
    { id: "slug", title: said.slug, width: "12rem", cell: (s) => <bdi>{s.slug}</bdi> },
    { id: "tenant", title: said.tenant, cell: (s) => <span className={styles.mono}>{s.tid}</span> },
    { id: "by", title: said.by, width: "12rem", cell: (s) => <bdi>{s.approvedBy.name}</bdi> },
    { id: "when", title: said.when, width: "9rem", cell: (s) => <When at={s.approvedAt} now={now} /> },
    {
      id: "actions",
      title: operator.actions,
      width: "8rem",
      cell: (s) => (
        <Button
          size="small"
          aria-label={said.removeLabel(s.slug)}
          onClick={() => {
            onRemove(s);
          }}
        >
          {said.remove}
        </Button>
      ),
    },
  ];
  const add = (
    <Button appearance="primary" icon={<AddRegular />} onClick={onAdd}>
      {said.add}
    </Button>
  );
  return (
    <Page title={said.title} organization={operator.area} text={said.text} actions={add}>
      <Card>
        <DataTable label={said.title} columns={columns} rows={slugs} keyOf={(s) => s.slug} trouble={trouble} again={again} empty={<EmptyState icon={<TagRegular />} title={said.empty} text={said.emptyText} />} />
        {slugs && slugs.length > 0 && <More shown={said.shown(slugs.length, more)} more={more} onMore={onMore} />}
      </Card>
    </Page>
  );
}
