// mcp-remote as desktop clients run it signs somebody in. It is started anew for
// what comes after each time that its tokens change, and finds what it has kept.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { job as read, reports } from "./steps.mjs";

const job = read();
const report = reports(job);
const proxy = fileURLToPath(new URL("node_modules/mcp-remote/dist/proxy.js", import.meta.url));
const flags = ["--transport", "http-only", "--auth-timeout", "60"];
if (job.era !== "2025-11-25") flags.push("--protocol", "auto");
if (job.clientId) flags.push("--static-oauth-client-info", JSON.stringify({ client_id: job.clientId }));
flags.push(...(job.flags ?? []));

// talk starts it and has something done with the client that it serves.
async function talk(use) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [proxy, job.endpoint, `${job.port}`, ...flags],
    env: process.env,
    stderr: "pipe",
  });
  let complaint = "";
  transport.stderr.on("data", (text) => (complaint += text));
  const client = new Client({ name: "behind-mcp-remote", version: "1" });
  try {
    await client.connect(transport, { timeout: 90_000 });
    await use(client);
  } catch (error) {
    throw new Error(`${error.message}: ${complaint}`);
  } finally {
    await client.close().catch(() => {});
  }
}

const call = async (client, tool) => report.said(await client.callTool({ name: tool, arguments: {} }));

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

// opened is how many browsers have been opened.
const opened = async () => Number(await (await fetch(`${job.desk}/opened`)).text());

let signedIn = false;
await report.step("signs in", () =>
  talk(async (client) => {
    signedIn = true;
    await report.step("calls", () => call(client, job.tool));
    await report.step("lists", async () => report.listed((await client.listTools()).tools));
  }),
);
if (signedIn) {
  await report.step("refreshes", async () => {
    const browsers = await opened();
    const before = spoil();
    await talk(async (client) => {
      await call(client, job.tool);
      if ((await opened()) !== browsers) throw new Error("it went to a browser");
      if (kept("tokens").value.access_token === before.access_token) throw new Error("it goes on with the token it had");
      await report.step("steps up", async () => {
        await call(client, job.stronger);
        await call(client, job.tool);
      });
      if (job.strict) {
        await report.step("signs in stronger", async () => {
          await call(client, job.strict);
          await call(client, job.tool);
        });
      }
    });
  });
  if (!job.clientId) {
    await report.step("registers again", async () => {
      const { client_id } = kept("client_info").value;
      const forgotten = await fetch(`${job.desk}/forget`, { method: "POST", body: new URLSearchParams({ client: client_id }) });
      if (!forgotten.ok) throw new Error(await forgotten.text());
      spoil();
      await talk((client) => call(client, job.tool));
      if (kept("client_info").value.client_id === client_id) throw new Error(`it still is ${client_id}`);
    });
  }
}
report.print({});
