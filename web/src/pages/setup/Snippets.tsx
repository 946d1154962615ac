import { makeStyles, Tab, TabList, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { Snippet } from "../../api/setup";
import { setup } from "../../messages/setup";
import { Code } from "../../ui/Code";

const said = setup.connection;
const useStyles = makeStyles({ list: { margin: `${tokens.spacingVerticalXS} 0 0`, paddingLeft: tokens.spacingHorizontalL }, tabs: { flexWrap: "wrap" } });

/** The whole set-up for one of several tools. */
export function Snippets({ snippets, fallbacks }: { snippets: Snippet[]; fallbacks: string[] }) {
  const styles = useStyles();
  const [chosen, setChosen] = useState<string>("az");
  const snippet = snippets.find((one) => one.tool === chosen) ?? snippets[0];
  if (!snippet) return null;
  return (
    <>
      <TabList
        size="small"
        aria-label={said.tools}
        selectedValue={snippet.tool}
        className={styles.tabs}
        onTabSelect={(_, to) => {
          setChosen(String(to.value));
        }}
      >
        {snippets.map(({ tool }) => (
          <Tab key={tool} value={tool}>
            {said.tool[tool]}
          </Tab>
        ))}
      </TabList>
      <Code label={said.tool[snippet.tool]} text={snippet.text} />
      {fallbacks.length > 0 && (
        <div>
          <Text weight="semibold">{said.fallbacks}</Text>
          <ul className={styles.list}>
            {fallbacks.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
