import { Button, makeStyles, SearchBox, tokens } from "@fluentui/react-components";
import { AppsListRegular, KeyMultipleRegular, SearchRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { ClientRequest } from "../../api/clients";
import { apps as said } from "../../messages/apps";
import type { Way } from "../../shell/go";
import { Card } from "../../ui/Card";
import { EmptyState } from "../../ui/EmptyState";
import type { Trouble } from "../../ui/Failure";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { AppsTable } from "./AppsTable";
import { Queue, type QueueActions } from "./Queue";
import { type AppRow, matches } from "./rows";

interface Props {
  organization: string;
  toRegistered: Way;
  rows: AppRow[] | undefined;
  waiting: ClientRequest[] | undefined;
  more: boolean;
  onMore: () => void;
  trouble: Trouble | undefined;
  again: () => void;
  onOpen: (id: string) => void;
  act: QueueActions | undefined; // undefined: the role may not
}

const useStyles = makeStyles({
  sections: { display: "grid", gap: tokens.spacingVerticalXL },
  search: { width: "22rem", maxWidth: "100%", marginBottom: tokens.spacingVerticalS },
});

export function AppsView({ organization, toRegistered, rows, waiting, more, onMore, trouble, again, onOpen, act }: Props) {
  const styles = useStyles();
  const [text, setText] = useState("");
  const shown = rows?.filter((row) => matches(row, text));
  const empty =
    rows?.length === 0 ? (
      <EmptyState icon={<AppsListRegular />} title={said.empty} text={said.emptyText} />
    ) : (
      <EmptyState icon={<SearchRegular />} title={said.noMatch} text={said.noMatchText(text)} />
    );
  const registered = (
    <Button as="a" icon={<KeyMultipleRegular />} {...toRegistered}>
      {said.registeredPage}
    </Button>
  );
  return (
    <Page title={said.title} organization={organization} text={said.text} actions={registered}>
      <div className={styles.sections}>
        {waiting && waiting.length > 0 && <Queue waiting={waiting} act={act} />}
        <Card title={said.list}>
          <SearchBox
            className={styles.search}
            placeholder={said.search}
            aria-label={said.searchLabel}
            value={text}
            onChange={(_, to) => {
              setText(to.value);
            }}
          />
          <AppsTable rows={shown} trouble={trouble} again={again} empty={empty} onOpen={onOpen} />
          {shown && rows?.length !== 0 && <More shown={said.shown(shown.length, more)} more={more} onMore={onMore} />}
        </Card>
      </div>
    </Page>
  );
}
