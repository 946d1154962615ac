import { makeStyles, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { Ending, OwnConnection, OwnMembership, OwnRole, OwnSource, OwnTool } from "../../api/me";
import { me as said } from "../../messages/me";
import type { Trouble } from "../../ui/Failure";
import { Page } from "../../ui/Page";
import { AppsCard } from "./AppsCard";
import { Checked, type Checking } from "./Checked";
import { type Asking, RequestCard } from "./RequestCard";
import { SourcesCard } from "./SourcesCard";
import { ToolsCard } from "./ToolsCard";

/** A list with what its states need. */
export interface List<T> {
  rows: T[] | undefined;
  more: boolean;
  trouble: Trouble | undefined;
  again: () => void;
  onMore: () => void;
}

export interface Access {
  roles: OwnRole[];
  membership: OwnMembership | undefined;
  remarks: string[];
}

interface Props {
  organization: string;
  slug: string;
  access: Access;
  tools: List<OwnTool>;
  apps: List<OwnConnection>;
  sources: List<OwnSource>;
  checking: Checking;
  asking: Asking;
  onEnd: (ending: Ending) => void;
}

const useStyles = makeStyles({ stack: { display: "grid", gap: tokens.spacingVerticalL, minWidth: 0, maxWidth: "72rem" } });

/** What an organization's rules give one person, and what acts for them there. */
export function MeView({ organization, slug, access, tools, apps, sources, checking, asking, onEnd }: Props) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  return (
    <Page title={said.title} organization={organization} text={said.text(organization)}>
      <div className={styles.stack}>
        {!tools.trouble && <Checked membership={access.membership} remarks={access.remarks} checking={checking} />}
        <ToolsCard tools={tools} roles={access.roles} />
        <RequestCard asking={asking} now={now} />
        <AppsCard apps={apps} slug={slug} now={now} onEnd={onEnd} />
        <SourcesCard sources={sources} now={now} onEnd={onEnd} />
      </div>
    </Page>
  );
}
