// The official client package, in the negotiation mode given last.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { drive } from "./drive.mjs";

const [endpoint, token, tool, mode] = process.argv.slice(2);
const transport = new StreamableHTTPClientTransport(new URL(endpoint), {
  requestInit: { headers: { Authorization: `Bearer ${token}` } },
});
const options = mode === "legacy" ? {} : { versionNegotiation: { mode } };
await drive(new Client({ name: "client-v2", version: "1" }, options), transport, tool);
