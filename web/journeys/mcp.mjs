// What journeys ask an endpoint as an AI app does.
import assert from "node:assert/strict";

async function token({ entra, tid, client, scope, username, password }) {
  const form = new URLSearchParams({ grant_type: "password", client_id: client, scope, username, password });
  const response = await fetch(`${entra}/${tid}/oauth2/v2.0/token`, { method: "POST", body: form });
  const told = await response.json();
  assert.ok(told.access_token, JSON.stringify(told));
  return told.access_token;
}

/** Names of the tools that somebody's AI app sees. */
export async function namesFor(who) {
  const response = await fetch(who.mcp, {
    method: "POST",
    headers: { Authorization: `Bearer ${await token(who)}`, "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
  });
  const text = await response.text();
  const line = text.startsWith("{") ? text : (/^data: (\{.*\})$/m.exec(text)?.[1] ?? "{}");
  const { result } = JSON.parse(line);
  assert.ok(result, text);
  return result.tools.map((tool) => tool.name);
}

/** Calls a tool as an AI app does, with somebody's token; what comes of it is for the log to tell. */
export async function callTool({ mcp, token, name }) {
  const response = await fetch(mcp, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } }),
  });
  return response.text();
}

/** Asks until it is so; changes reach every replica within moments. */
export async function until(so, complaint) {
  for (let n = 0; n < 100; n++) {
    if (await so()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail(complaint);
}
