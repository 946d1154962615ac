// A program's own side of signing in, for the official packages: it keeps what a
// server gives it, has a browser opened, and takes the answer on loopback.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

export class Program {
  requests = []; // "METHOD path" of each request, in order
  revision; // of the protocol, as the last request to name one did
  registered = []; // client ids
  answers = []; // parameters that came to loopback
  #stored = {};

  // start returns a program that listens. desk is where browsers are opened.
  static async start(name, desk) {
    const program = new Program();
    const server = createServer((request, response) => {
      program.answers.push(new URL(request.url, program.redirectUrl).searchParams);
      response.end("You may close this page.");
    });
    server.listen(0, "127.0.0.1").unref();
    await once(server, "listening");
    program.redirectUrl = `http://127.0.0.1:${server.address().port}/callback`;
    program.desk = desk;
    program.clientMetadata = {
      client_name: name,
      redirect_uris: [program.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
    return program;
  }

  fetch = (url, init) => {
    this.requests.push(`${init?.method ?? "GET"} ${new URL(url).pathname}`);
    this.revision = new Headers(init?.headers).get("mcp-protocol-version") ?? this.revision;
    return fetch(url, init);
  };

  state = () => (this.#stored.state = randomUUID());
  clientInformation = () => this.#stored.client;
  saveClientInformation = (client) => {
    if (this.registered.at(-1) !== client.client_id) this.registered.push(client.client_id);
    this.#stored.client = client;
  };
  tokens = () => this.#stored.tokens;
  saveTokens = (tokens) => void (this.#stored.tokens = tokens);
  codeVerifier = () => this.#stored.verifier;
  saveCodeVerifier = (verifier) => void (this.#stored.verifier = verifier);
  discoveryState = () => this.#stored.discovery;
  saveDiscoveryState = (discovery) => void (this.#stored.discovery = discovery);
  invalidateCredentials = (scope) => {
    if (scope === "all") this.#stored = {};
    else delete this.#stored[scope];
  };

  redirectToAuthorization = async (url) => {
    await this.#tell("/open", { url });
  };

  // answer returns what the browser brought, which has to be ours.
  answer() {
    const answer = this.answers.pop();
    if (answer?.get("state") !== this.#stored.state) throw new Error(`the answer is not to our request: ${answer}`);
    return answer;
  }

  // spoil makes the access token one that is no good any more.
  spoil() {
    const { access_token, ...rest } = this.#stored.tokens;
    this.#stored.tokens = { ...rest, access_token: access_token.slice(0, -8) + "AAAAAAAA" };
  }

  // forget has the server's side forget the registration.
  forget = () => this.#tell("/forget", { client: this.#stored.client.client_id });

  async #tell(path, form) {
    const response = await fetch(this.desk + path, { method: "POST", body: new URLSearchParams(form) });
    if (!response.ok) throw new Error(await response.text());
  }
}

// journey signs in, calls, lists, refreshes, and registers again, and prints what
// happened as one JSON line. make returns a client and its transport for a program;
// finish gives a transport the answer of a browser.
export async function journey(program, tool, { make, finish }) {
  const call = (client) => client.callTool({ name: tool, arguments: {} });
  const refused = async (attempt) => {
    try {
      await attempt();
    } catch (error) {
      if (program.answers.length > 0) return;
      throw error;
    }
    throw new Error("it went through without a browser");
  };

  let { client, transport } = make(program);
  await refused(() => client.connect(transport));
  await finish(transport, program.answer());
  ({ client, transport } = make(program));
  await client.connect(transport);
  const before = program.requests.length;
  const reply = await call(client);
  const { tools } = await client.listTools();

  const first = program.tokens();
  program.spoil();
  const refreshed = await call(client);
  const second = program.tokens();

  await program.forget();
  program.spoil();
  await refused(() => call(client));
  await finish(transport, program.answer());
  const again = await call(client);

  console.log(JSON.stringify({
    tools: tools.map((t) => t.name),
    replies: [reply, refreshed, again],
    requests: program.requests,
    before,
    revision: program.revision,
    registered: program.registered,
    rotated: first.refresh_token !== second.refresh_token && first.access_token !== second.access_token,
  }));
  await client.close();
}
