import { Badge, Button, Link, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { offeredToolsQuery, useFirstCall } from "../../api/setup";
import { setup } from "../../messages/setup";
import { Code } from "../../ui/Code";
import { CopyField } from "../../ui/CopyField";
import { Act } from "./Act";

const said = setup.call;
const useStyles = makeStyles({ head: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, alignItems: "center" }, result: { display: "grid", gap: tokens.spacingVerticalS, minWidth: 0 } });

/** What needs no arguments and reaches nothing else. */
const firstTool = "whoami";

/** The end of the set-up: a call that works, and what AI apps are given. */
export function FirstCall({ org, serves }: { org: string; serves: boolean }) {
  const tools = useQuery({ ...offeredToolsQuery(org), enabled: serves });
  if (!serves) return <Text>{said.waiting}</Text>;
  const enabled = tools.data?.filter((one) => one.enabled) ?? [];
  const other = enabled[0]?.name;
  const address = `/t/${org}/mcp`;
  return (
    <>
      {enabled.some((one) => one.name === firstTool) && <Call org={org} tool={firstTool} />}
      {other && other !== firstTool && !enabled.some((one) => one.name === firstTool) && (
        <div>
          <Button as="a" appearance="primary" href={`/o/${org}/tools/${encodeURIComponent(other)}`}>
            {said.open(other)}
          </Button>
        </div>
      )}
      <Text>{said.endpointText}</Text>
      <CopyField label={said.endpoint} value={window.location.origin + address} />
      <div>
        <Link href={address}>{said.connect}</Link>
      </div>
    </>
  );
}

/** A call, and what came of it. */
function Call({ org, tool }: { org: string; tool: string }) {
  const styles = useStyles();
  const call = useFirstCall(org);
  const answered = call.data;
  return (
    <>
      <Act
        action={said.action(tool)}
        busy={call.isPending}
        error={call.error}
        onAct={() => {
          call.mutate(tool);
        }}
      />
      {call.error && <Text>{said.refused}</Text>}
      {answered && (
        <div className={styles.result} role="status">
          <span className={styles.head}>
            <Badge appearance="tint" color={answered.isError ? "danger" : "success"}>
              {answered.isError ? said.failed : said.worked}
            </Badge>
            <Text>{said.record(answered.record)}</Text>
          </span>
          <Code label={said.answer} text={JSON.stringify(answered.result, null, 2)} />
        </div>
      )}
    </>
  );
}
