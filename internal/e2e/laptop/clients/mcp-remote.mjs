// mcp-remote as desktop clients run it: a process that speaks stdio.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { fileURLToPath } from "node:url";
import { drive } from "./drive.mjs";

const [endpoint, token, tool] = process.argv.slice(2);
const proxy = fileURLToPath(new URL("node_modules/mcp-remote/dist/proxy.js", import.meta.url));
const transport = new StdioClientTransport({
  command: process.execPath,
  args: [proxy, endpoint, "--allow-http", "--transport", "http-only", "--header", `Authorization:Bearer ${token}`],
  stderr: "ignore",
});
await drive(new Client({ name: "behind-mcp-remote", version: "1" }), transport, tool);
