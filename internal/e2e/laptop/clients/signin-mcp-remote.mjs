// mcp-remote as desktop clients run it signs somebody in. It is started anew for
// each step and finds what it has kept.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [endpoint, desk, tool] = process.argv.slice(2);
const proxy = fileURLToPath(new URL("node_modules/mcp-remote/dist/proxy.js", import.meta.url));

// talk starts it, calls the tool and lists.
async function talk() {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [proxy, endpoint, "--transport", "http-only", "--auth-timeout", "120"],
    env: process.env,
    stderr: "inherit",
  });
  const client = new Client({ name: "behind-mcp-remote", version: "1" });
  await client.connect(transport, { timeout: 120_000 });
  const reply = await client.callTool({ name: tool, arguments: {} });
  const { tools } = await client.listTools();
  await client.close();
  return { reply, tools: tools.map((t) => t.name) };
}

// kept is the file in which it keeps something, and what that is.
function kept(name) {
  const dir = join(process.env.MCP_REMOTE_CONFIG_DIR, "mcp-remote-v1");
  const path = join(dir, readdirSync(dir).find((file) => file.endsWith(`_${name}.json`)));
  return { path, value: JSON.parse(readFileSync(path, "utf8")) };
}

function spoil() {
  const { path, value } = kept("tokens");
  writeFileSync(path, JSON.stringify({ ...value, access_token: value.access_token.slice(0, -8) + "AAAAAAAA" }));
  return value;
}

const first = await talk();
const before = spoil();
const second = await talk();
const after = kept("tokens").value;
const registered = [kept("client_info").value.client_id];

const forgotten = await fetch(`${desk}/forget`, { method: "POST", body: new URLSearchParams({ client: registered[0] }) });
if (!forgotten.ok) throw new Error(await forgotten.text());
spoil();
const third = await talk();
registered.push(kept("client_info").value.client_id);

console.log(JSON.stringify({
  tools: first.tools,
  replies: [first.reply, second.reply, third.reply],
  registered,
  rotated: before.refresh_token !== after.refresh_token && before.access_token !== after.access_token,
}));
