// An official package signs somebody in with a client metadata document: nothing is
// registered. The last two arguments are the document's URL and the package.
import { Program } from "./program.mjs";

const [endpoint, desk, tool, document, name] = process.argv.slice(2);
const packages = {
  "sdk-v1": async () => {
    const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
    const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
    return { Client, StreamableHTTPClientTransport, finish: (transport, answer) => transport.finishAuth(answer.get("code")) };
  },
  "client-v2": async () => {
    const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
    return { Client, StreamableHTTPClientTransport, finish: (transport, answer) => transport.finishAuth(answer) };
  },
};
const { Client, StreamableHTTPClientTransport, finish } = await packages[name]();

const program = await Program.start(name, { desk });
program.clientMetadataUrl = document;
const make = () => ({
  client: new Client({ name, version: "1" }),
  transport: new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: program, fetch: program.fetch }),
});

let { client, transport } = make();
try {
  await client.connect(transport);
  throw new Error("it went through without a browser");
} catch (error) {
  if (program.answers.length === 0) throw error;
}
await finish(transport, program.answer());
({ client, transport } = make());
await client.connect(transport);
const reply = await client.callTool({ name: tool, arguments: {} });
program.spoil();
const refreshed = await client.callTool({ name: tool, arguments: {} });
console.log(JSON.stringify({ replies: [reply, refreshed], requests: program.requests, registered: program.registered }));
await client.close();
