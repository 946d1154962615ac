// The official client package signs somebody in: with initialize, with whatever the
// server offers, or with one revision only.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { journey, Program } from "./program.mjs";
import { job } from "./steps.mjs";

const { endpoint, era, pinned } = job();
const mode = pinned ? { pin: era } : era === "2025-11-25" ? "legacy" : "auto";
await journey(await Program.start("client-v2", job()), {
  make: (program) => ({
    client: new Client({ name: "client-v2", version: "1" }, mode === "legacy" ? {} : { versionNegotiation: { mode } }),
    transport: new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: program, fetch: program.fetch }),
  }),
  finish: (transport, answer) => transport.finishAuth(answer),
});
