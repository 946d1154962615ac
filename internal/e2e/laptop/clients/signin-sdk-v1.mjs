// The official SDK of the initialize era signs somebody in.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { journey, Program } from "./program.mjs";
import { job } from "./steps.mjs";

const { endpoint } = job();
await journey(await Program.start("sdk-v1", job()), {
  make: (program) => ({
    client: new Client({ name: "sdk-v1", version: "1" }),
    transport: new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: program, fetch: program.fetch }),
  }),
  finish: (transport, answer) => transport.finishAuth(answer.get("code")),
});
