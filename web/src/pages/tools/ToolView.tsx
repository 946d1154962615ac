import { Button, Link, makeStyles, Subtitle2, Text, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";
import type { Tool, ToolDefinition } from "../../api/tools";
import { tool as said, tools } from "../../messages/tools";
import { Card } from "../../ui/Card";
import { Code } from "../../ui/Code";
import { Failure, type Trouble } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { About, type Effect } from "./About";
import { membersOf } from "./schema";
import { SchemaTree } from "./SchemaTree";

/** What an admin can do about a tool. */
export interface ToolActs {
  busy: boolean;
  onEffect: (effect: Effect) => void;
  onSwitch: ((enabled: boolean) => void) | undefined; // undefined: its source decides
}

interface Props {
  organization: string;
  name: string;
  tool: Tool | undefined;
  definition: ToolDefinition | undefined;
  trouble: Trouble | undefined;
  again: () => void;
  back: string;
  onBack: () => void;
  sourceAddress: string | undefined;
  onSource: () => void;
  acts: ToolActs | undefined; // undefined: the role may not
  children: ReactNode; // what else there is to a tool
}

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalL, "& > *": { minWidth: 0 } },
  title: { margin: `${tokens.spacingVerticalL} 0 ${tokens.spacingVerticalS}` },
  description: { display: "block", whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
  whole: { marginTop: tokens.spacingVerticalL },
});

/** A tool: what it is, what it takes, and whatever its page has below. */
export function ToolView({ organization, name, tool, definition, trouble, again, back, onBack, sourceAddress, onSource, acts, children }: Props) {
  const styles = useStyles();
  const turn = tool && acts?.onSwitch && (
    <Button
      disabledFocusable={acts.busy}
      onClick={() => {
        acts.onSwitch?.(!tool.enabled);
      }}
    >
      {tool.enabled ? said.turnOff : said.turnOn}
    </Button>
  );
  const above = (
    <Link
      href={back}
      onClick={(event) => {
        event.preventDefault();
        onBack();
      }}
    >
      {tools.title}
    </Link>
  );
  return (
    <Page title={definition?.title ?? name} organization={organization} above={above} actions={turn}>
      <div className={styles.root}>
        {trouble && <Failure trouble={trouble} again={again} />}
        {!trouble && !tool && <Loading />}
        {tool && <About tool={tool} busy={acts?.busy ?? false} sourceAddress={sourceAddress} onSource={onSource} onEffect={acts?.onEffect} />}
        {definition && <Described definition={definition} />}
        {tool && children}
      </div>
    </Page>
  );
}

function Described({ definition }: { definition: ToolDefinition }) {
  const styles = useStyles();
  const [input, output] = [membersOf(definition.definition), membersOf(definition.definition, "outputSchema")];
  if (definition.definition === undefined) return <Text>{said.unread}</Text>;
  return (
    <Card title={said.description}>
      {definition.description && (
        <Text className={styles.description}>
          <bdi>{definition.description}</bdi>
        </Text>
      )}
      <Subtitle2 as="h3" block className={styles.title}>
        {said.input}
      </Subtitle2>
      {input && input.length > 0 ? <SchemaTree fields={input} /> : <Text>{input ? said.noInput : said.any}</Text>}
      {output && output.length > 0 && (
        <>
          <Subtitle2 as="h3" block className={styles.title}>
            {said.output}
          </Subtitle2>
          <SchemaTree fields={output} />
        </>
      )}
      <details className={styles.whole}>
        <summary>{said.whole}</summary>
        <Code label={said.whole} text={JSON.stringify(definition.definition, null, 2)} />
      </details>
    </Card>
  );
}
