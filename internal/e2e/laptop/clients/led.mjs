// An official package calls a tool for which its person has to sign in more strongly,
// has the page opened at the desk, and calls it again: by itself where the protocol has
// questions, otherwise when it hears that its person is done.
import * as v2 from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitationCompleteNotificationSchema, UrlElicitationRequiredError } from "@modelcontextprotocol/sdk/types.js";

const [endpoint, token, tool, desk, which] = process.argv.slice(2);
const told = { opened: 0, errors: 0, completed: 0 };
const requestInit = { headers: { Authorization: `Bearer ${token}` } };
const capabilities = { elicitation: { url: {} } };
const named = { name: "led", version: "1" };

async function open(url) {
  told.opened++;
  const response = await fetch(desk + "/open", { method: "POST", body: new URLSearchParams({ url }) });
  if (!response.ok) throw new Error(await response.text());
}

async function modern() {
  const client = new v2.Client(named, { capabilities, versionNegotiation: { mode: { pin: "2026-07-28" } } });
  client.setRequestHandler("elicitation/create", async ({ params }) => {
    if (params.mode !== "url") throw new Error(`it is asked for ${params.mode}`);
    await open(params.url);
    return { action: "accept" };
  });
  await client.connect(new v2.StreamableHTTPClientTransport(new URL(endpoint), { requestInit }));
  return [client, () => client.callTool({ name: tool, arguments: {} })];
}

async function legacy() {
  const client = new Client(named, { capabilities });
  const over = new Map();
  client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => over.get(params.elicitationId)?.());
  await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { requestInit }));
  const call = () => client.callTool({ name: tool, arguments: {} });
  return [
    client,
    async () => {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof UrlElicitationRequiredError)) throw error;
        told.errors++;
        for (const { url, elicitationId } of error.elicitations) {
          const done = new Promise((resolve) => over.set(elicitationId, resolve));
          await open(url);
          await done;
          told.completed++;
        }
        return await call();
      }
    },
  ];
}

const [client, call] = await (which === "client-v2" ? modern : legacy)();
for (let times = 0; times < 2; times++) told.text = (await call()).content[0].text;
console.log(JSON.stringify(told));
await client.close();
