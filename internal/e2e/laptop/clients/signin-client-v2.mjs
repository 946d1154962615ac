// The official client package signs somebody in, in the negotiation mode given last.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { journey, Program } from "./program.mjs";

const [endpoint, desk, tool, mode] = process.argv.slice(2);
const options = mode === "legacy" ? {} : { versionNegotiation: { mode } };
await journey(await Program.start(`client-v2 ${mode}`, desk), tool, {
  make: (program) => ({
    client: new Client({ name: "client-v2", version: "1" }, options),
    transport: new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: program, fetch: program.fetch }),
  }),
  finish: (transport, answer) => transport.finishAuth(answer),
});
