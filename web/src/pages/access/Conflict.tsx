import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, tokens } from "@fluentui/react-components";
import { useState } from "react";
import type { LastChange } from "../../api/lastchange";
import { access } from "../../messages/access";
import { ago } from "../../ui/When";

const said = access.conflict;
const useStyles = makeStyles({
  body: { whiteSpace: "normal" },
  list: { margin: `${tokens.spacingVerticalXS} 0`, paddingLeft: tokens.spacingHorizontalXL, overflowWrap: "anywhere" },
});

/** What has become meanwhile of a thing that somebody edits. */
export interface Meanwhile {
  name: string;
  by: LastChange | undefined;
  now: string[] | undefined; // what it says now; undefined: it is gone
}

export function Conflict({ meanwhile }: { meanwhile: Meanwhile }) {
  const styles = useStyles();
  const [time] = useState(() => Date.now());
  const { name, by, now } = meanwhile;
  return (
    <MessageBar intent="warning" layout="multiline" role="alert">
      <MessageBarBody className={styles.body}>
        <MessageBarTitle>{said.title(name)}</MessageBarTitle> {by && said.by(by.who, ago(by.at, time))} {now ? said.kept : said.gone(name)}
        {now && (
          <>
            <ul className={styles.list}>
              {(now.length > 0 ? now : [said.nothing]).map((line) => (
                <li key={line}>
                  <bdi>{line}</bdi>
                </li>
              ))}
            </ul>
            {said.again}
          </>
        )}
      </MessageBarBody>
    </MessageBar>
  );
}
