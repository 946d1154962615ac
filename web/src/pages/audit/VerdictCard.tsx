import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Text, tokens } from "@fluentui/react-components";
import { verify as said } from "../../messages/auditverify";
import { Card } from "../../ui/Card";
import { Code } from "../../ui/Code";
import type { Verdict } from "../../verify/report";
import type { Asked } from "./VerifyView";

interface Props {
  verdict: Verdict | undefined;
  failed: string | undefined;
  asked: Asked | undefined;
}

const useStyles = makeStyles({ stack: { display: "grid", gap: tokens.spacingVerticalL }, faint: { color: tokens.colorNeutralForeground2 }, wrap: { overflowWrap: "anywhere" } });
const intents = { 0: "success", 1: "error", 2: "warning" } as const;

/** What is proven, what is wrong, and what could not be checked. */
export function VerdictCard({ verdict, failed, asked }: Props) {
  const styles = useStyles();
  const code = verdict && verdict.code !== 3 ? verdict.code : undefined;
  return (
    <Card title={said.verdict}>
      <div className={styles.stack} role="status">
        {asked && (failed !== undefined || verdict) && (
          <Text className={styles.wrap}>
            {said.file}: <bdi>{asked.file.name}</bdi>
          </Text>
        )}
        {failed !== undefined && (
          <MessageBar intent="error" layout="multiline">
            <MessageBarBody className={styles.wrap}>
              <MessageBarTitle>{said.none}</MessageBarTitle> {failed}
            </MessageBarBody>
          </MessageBar>
        )}
        {verdict && code !== undefined && (
          <>
            <MessageBar intent={intents[code]} layout="multiline">
              <MessageBarBody className={styles.wrap}>
                <MessageBarTitle>{said.code[code]}</MessageBarTitle> <bdi>{verdict.lines.at(-1)}</bdi>
              </MessageBarBody>
            </MessageBar>
            <Code label={said.output} text={verdict.lines.join("\n")} />
            {asked?.told.key && <Text>{said.toldKey}</Text>}
            {asked?.told.origin && <Text>{said.toldOrigin}</Text>}
          </>
        )}
        <Text size={200} className={styles.faint}>
          {said.page}
        </Text>
      </div>
    </Card>
  );
}
