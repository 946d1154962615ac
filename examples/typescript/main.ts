// Lists the tools a bearer token gives and calls one of them.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [endpoint] = process.argv.slice(2);
const token = process.env.MCP_TOKEN;
if (!endpoint || !token) {
  throw new Error("usage: MCP_TOKEN=… npm start -- http://localhost:8080/t/contoso/mcp");
}

const transport = new StreamableHTTPClientTransport(new URL(endpoint), {
  requestInit: { headers: { Authorization: `Bearer ${token}` } },
});
const client = new Client({ name: "example", version: "1" }, { versionNegotiation: { mode: "auto" } });
await client.connect(transport);

const { tools } = await client.listTools();
for (const tool of tools) {
  console.log(`${tool.name} - ${tool.title ?? ""}`);
}

if (tools.some((tool) => tool.name === "roll_dice")) {
  const reply = await client.callTool({ name: "roll_dice", arguments: { sides: 20 } });
  for (const block of reply.content) {
    if (block.type === "text") {
      console.log(block.text);
    }
  }
} else {
  console.log("There is no roll_dice for you here, which this example calls.");
}
await client.close();
