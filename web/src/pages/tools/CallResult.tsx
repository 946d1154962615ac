import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, tokens } from "@fluentui/react-components";
import type { ToolCallResult } from "../../api/tools";
import { tryIt as said } from "../../messages/tools";
import { Code } from "../../ui/Code";
import { Facts } from "../../ui/Facts";

/** What came of a call, and how long somebody waited for it. */
export interface Called {
  result: ToolCallResult;
  took: number;
}

const useStyles = makeStyles({ root: { display: "grid", gap: tokens.spacingVerticalL } });

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const printed = (value: unknown) => JSON.stringify(value, null, 2);

/** A result as the tool gave it. Whatever it says is text. */
export function CallResult({ called: { result, took } }: { called: Called }) {
  const styles = useStyles();
  const body = isObject(result.result) ? result.result : {};
  const content: unknown[] = Array.isArray(body.content) ? body.content : [];
  return (
    <section className={styles.root} aria-label={said.result}>
      <MessageBar intent={result.isError ? "error" : "success"}>
        <MessageBarBody>
          <MessageBarTitle>{result.isError ? said.failed : said.done}</MessageBarTitle>
        </MessageBarBody>
      </MessageBar>
      {content.map((item, at) => (
        <Item key={at} item={item} />
      ))}
      {body.structuredContent !== undefined && <Code label={said.structured} text={printed(body.structuredContent)} />}
      <Facts
        facts={[
          [said.record, result.record],
          [said.took, said.ms(Math.round(took))],
        ]}
      />
    </section>
  );
}

function Item({ item }: { item: unknown }) {
  if (isObject(item) && item.type === "text" && typeof item.text === "string") return <Code label={said.content} text={item.text} />;
  const kind = isObject(item) && typeof item.type === "string" ? item.type : typeof item;
  return <Code label={said.other(kind)} text={printed(item)} />;
}
