// A program's own side of signing in, for the official packages: it keeps what a
// server gives it, has a browser opened, and takes the answer on loopback.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { reports } from "./steps.mjs";

export class Program {
  requests = []; // "METHOD path" of each request, in order
  revision; // of the protocol, as the last request to name one did
  registered = []; // client ids that it has been given
  answers = []; // parameters that came to loopback
  #stored = {};

  // start returns a program that listens. Where job.clientId is given it is
  // registered beforehand.
  static async start(name, job) {
    const program = new Program();
    const server = createServer((request, response) => {
      program.answers.push(new URL(request.url, program.redirectUrl).searchParams);
      response.end("You may close this page.");
    });
    server.listen(0, "127.0.0.1").unref();
    await once(server, "listening");
    program.redirectUrl = `http://127.0.0.1:${server.address().port}/callback`;
    program.job = job;
    if (job.clientId) program.#stored.client = { client_id: job.clientId };
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
    if (scope === "all") this.#stored = this.job.clientId ? { client: this.#stored.client } : {};
    else if (scope !== "client" || !this.job.clientId) delete this.#stored[scope];
  };

  redirectToAuthorization = (url) => this.#tell("/open", { url });

  // answer returns what the browser brought, which has to be ours.
  answer() {
    const answer = this.answers.pop();
    if (answer?.get("state") !== this.#stored.state) throw new Error(`the answer is not to our request: ${answer}`);
    if (answer.has("error")) throw new Error(`${answer.get("error")}: ${answer.get("error_description")}`);
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
    const response = await fetch(this.job.desk + path, { method: "POST", body: new URLSearchParams(form) });
    if (!response.ok) throw new Error(await response.text());
  }
}

// journey takes each step that a client can take and reports what came of it. make
// returns a client and its transport for a program; finish gives a transport the
// answer of a browser.
export async function journey(program, { make, finish }) {
  const { job } = program;
  const report = reports(job);
  let client, transport;
  const call = async (tool) => report.said(await client.callTool({ name: tool, arguments: {} }));
  // asked returns whether an attempt ended in a browser, and finishes what it brought.
  const asked = async (attempt) => {
    program.answers.length = 0;
    try {
      await attempt();
      return false;
    } catch (error) {
      if (program.answers.length === 0) throw error;
    }
    await finish(transport, program.answer());
    return true;
  };

  let before = 0;
  const signedIn = await report.step("signs in", async () => {
    ({ client, transport } = make(program));
    if (!(await asked(() => client.connect(transport)))) throw new Error("it went through without a browser");
    ({ client, transport } = make(program));
    await client.connect(transport);
    before = program.requests.length;
  });
  if (signedIn) {
    await report.step("calls", () => call(job.tool));
    await report.step("lists", async () => report.listed((await client.listTools()).tools));
    await report.step("refreshes", async () => {
      const old = program.tokens();
      if (!old.refresh_token) throw new Error("it has no refresh token");
      program.spoil();
      if (await asked(() => call(job.tool))) throw new Error("it went to a browser");
      if (program.tokens().access_token === old.access_token) throw new Error("it goes on with the token it had");
    });
    await report.step("steps up", async () => {
      if (!(await asked(() => call(job.stronger)))) throw new Error("it went through without a browser");
      await call(job.stronger);
      await call(job.tool);
    });
    if (job.strict) {
      await report.step("signs in stronger", async () => {
        if (!(await asked(() => call(job.strict)))) throw new Error("it went through without a browser");
        await call(job.strict);
        await call(job.tool);
      });
    }
    if (!job.clientId) {
      await report.step("registers again", async () => {
        await program.forget();
        program.spoil();
        if (!(await asked(() => call(job.tool)))) throw new Error("it went through without a browser");
        await call(job.tool);
        if (new Set(program.registered).size !== 2) throw new Error(`it was registered as ${program.registered}`);
      });
    }
  }
  report.print({ requests: program.requests, before, revision: program.revision });
  await client?.close().catch(() => {});
}
