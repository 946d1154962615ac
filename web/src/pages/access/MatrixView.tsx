import { makeStyles, SearchBox, Text, tokens } from "@fluentui/react-components";
import { GridRegular, SearchRegular } from "@fluentui/react-icons";
import { type ReactNode, useState } from "react";
import type { AccessTool, ToolRole } from "../../api/access";
import { access } from "../../messages/access";
import { matrix as said } from "../../messages/matrix";
import { Card } from "../../ui/Card";
import { EmptyState } from "../../ui/EmptyState";
import { Failure, type Trouble } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { MatrixGrid, type MatrixProps } from "./MatrixGrid";
import { MatrixList } from "./MatrixList";

const useStyles = makeStyles({
  search: { width: "22rem", maxWidth: "100%" },
  keys: { display: "block", color: tokens.colorNeutralForeground3, margin: `${tokens.spacingVerticalS} 0` },
});

/** Tools that are shown at a time. */
const portion = 60;

interface Props {
  organization: string;
  roles: ToolRole[] | undefined;
  tools: AccessTool[] | undefined;
  narrow: boolean;
  find: string;
  onFind: (to: string) => void;
  trouble: Trouble | undefined;
  again: () => void;
  onCell: MatrixProps["onCell"];
}

/** What each role says about each tool. A search that names a role narrows the columns, one that names a tool the rows. */
export function MatrixView({ organization, roles, tools, narrow, find, onFind, trouble, again, onCell }: Props) {
  const styles = useStyles();
  const [most, setMost] = useState(portion);
  return (
    <Page title={said.title} organization={organization} text={said.text}>
      <Card>
        <SearchBox
          className={styles.search}
          placeholder={access.filter}
          aria-label={access.filter}
          value={find}
          onChange={(_, to) => {
            onFind(to.value);
          }}
        />
        <Text id="matrix-keys" size={200} className={styles.keys}>
          {narrow ? "" : said.keys}
        </Text>
        {content()}
      </Card>
    </Page>
  );

  function content(): ReactNode {
    if (trouble) return <Failure trouble={trouble} again={again} />;
    if (!roles || !tools) return <Loading />;
    if (roles.length === 0 || tools.length === 0) return <EmptyState icon={<GridRegular />} title={said.empty} text={said.emptyText} />;
    const has = (name: string) => name.toLowerCase().includes(find.trim().toLowerCase());
    const [named, matching] = [roles.filter((role) => has(role.name)), tools.filter((tool) => has(tool.name))];
    if (named.length === 0 && matching.length === 0) return <EmptyState icon={<SearchRegular />} title={said.noMatch} text={said.noMatchText(find)} />;
    const columns = named.length > 0 ? named : roles;
    const rows = matching.length > 0 ? matching : tools;
    const shown = rows.slice(0, most);
    const Shape = narrow ? MatrixList : MatrixGrid;
    return (
      <>
        <Shape roles={columns} tools={shown} onCell={onCell} />
        <More
          shown={said.shown(shown.length, rows.length, columns.length)}
          more={shown.length < rows.length}
          onMore={() => {
            setMost(most + portion);
          }}
        />
      </>
    );
  }
}
