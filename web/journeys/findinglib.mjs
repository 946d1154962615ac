// What the journey to all findings does beside the browser: it breaks and mends things
// in Entra and in Gatehouse, as whoever administers them.
import assert from "node:assert/strict";

/** Somebody who administers a directory with Microsoft Graph. */
export function administrator(options, { tid, username, password }) {
  const scopes = ["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All"];
  const body = new URLSearchParams({ grant_type: "password", client_id: options.cli, scope: scopes.map((one) => `https://graph.microsoft.com/${one}`).join(" "), username, password });
  let token;
  const ask = async (method, path, sent) => {
    if (!token) {
      const answer = await (await fetch(`${options.entra}/${tid}/oauth2/v2.0/token`, { method: "POST", body })).json();
      assert.ok(answer.access_token, `${username} has no token: ${JSON.stringify(answer)}`);
      token = answer.access_token;
    }
    const answer = await fetch(`${options.graph}/v1.0/${path}`, { method, headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" }, body: sent });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path} ${sent}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : {};
  };
  return {
    get: (path) => ask("GET", path),
    post: (path, sent) => ask("POST", path, JSON.stringify(sent)),
    patch: (path, sent) => ask("PATCH", path, JSON.stringify(sent)),
    remove: (path) => ask("DELETE", path),
    /** Runs a line of the Azure CLI, as it is to be read. */
    run: (line) => {
      const words = (line.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^(['"])(.*)\1$/s, "$2"));
      assert.deepEqual(words.slice(0, 2), ["az", "rest"], line);
      const said = Object.fromEntries(Array.from({ length: words.length / 2 - 1 }, (_, i) => [words[2 * i + 2], words[2 * i + 3]]));
      const root = "https://graph.microsoft.com/v1.0/";
      assert.ok(said["--url"]?.startsWith(root), line);
      return ask(said["--method"], said["--url"].slice(root.length), said["--body"]);
    },
  };
}

/** Tells the emulator to misbehave, or to stop. */
export const control = (options) => async (command, body) => {
  const answer = await fetch(`${options.control}/${command}`, { method: "POST", headers: { Authorization: `Bearer ${options.controlToken}` }, body: JSON.stringify(body) });
  assert.equal(answer.status, 204, `${command}: ${await answer.text()}`);
};

/** The management API, as who is signed in to the page. */
export function management(page, org) {
  const ask = async (method, path, sent, tag, below = `/${org}`) => {
    const answer = await page.evaluate(
      async ({ method, url, sent, tag }) => {
        const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
        if (tag) headers["If-Match"] = tag;
        const got = await fetch(url, { method, headers, body: sent });
        return { status: got.status, tag: got.headers.get("ETag"), text: await got.text() };
      },
      { method, url: `/api/organizations${below}${path}`, sent: sent && JSON.stringify(sent), tag },
    );
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return { body: answer.text ? JSON.parse(answer.text) : undefined, tag: answer.tag };
  };
  const change = async (path, at, how) => {
    const { body, tag } = await ask("GET", path);
    return ask("PUT", at, how(body), tag);
  };
  return {
    ask,
    post: async (path, sent) => (await ask("POST", path, sent)).body,
    register: () => ask("POST", "", { slug: org }, undefined, ""),
    remove: async (path) => ask("DELETE", path, undefined, (await ask("GET", path)).tag),
    connect: (settings) => change("/connection", "/connection", ({ settings: had }) => (settings.model && settings.model !== had.model ? settings : { ...had, ...settings })),
    credential: (credential) => change("/connection", "/connection/credential", () => credential),
    /** Lets AI apps sign people in at Entra themselves, or not. */
    admitEntraTokens: (acceptEntraTokens) =>
      change("", "", ({ name, origins, membership }) => ({ name, origins, membership, signIn: { mode: "brokered", acceptEntraTokens, unknownClients: "refuse" } })),
  };
}
