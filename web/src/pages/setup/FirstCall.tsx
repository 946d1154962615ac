import { Button, Link, Text } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { offeredToolsQuery } from "../../api/setup";
import { setup } from "../../messages/setup";
import { CopyField } from "../../ui/CopyField";

const said = setup.call;

/** The end of the set-up: a call that works, and what AI apps are given. */
export function FirstCall({ org, serves }: { org: string; serves: boolean }) {
  const tools = useQuery({ ...offeredToolsQuery(org), enabled: serves });
  const tool = tools.data?.find((one) => one.enabled);
  if (!serves) return <Text>{said.waiting}</Text>;
  const address = `/t/${org}/mcp`;
  return (
    <>
      {tool && (
        <div>
          <Button as="a" appearance="primary" href={`/o/${org}/tools/${encodeURIComponent(tool.name)}`}>
            {said.action(tool.name)}
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
