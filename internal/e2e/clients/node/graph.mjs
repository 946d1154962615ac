// Drives the emulator's Microsoft Graph with the Graph client for JavaScript.
import { scenario, world } from "./kit.mjs";
import { connect, library } from "./connect.mjs";

const { BatchRequestContent, BatchResponseContent, GraphError, PageIterator } = library;
const client = connect(world.tokens.reader);

// pages walks a list to its end and counts the pages it came in. A nextLink does
// not carry headers: whoever needs one sends it again.
async function pages(request, headers = {}) {
  const names = [];
  let seen = 0;
  const counted = { api: (url) => { seen++; return client.api(url); } };
  const first = await request.headers(headers).get();
  const iterator = new PageIterator(counted, first, (entry) => { names.push(entry.id); return true; }, { headers });
  await iterator.iterate();
  return { ids: names, pages: seen + 1, complete: iterator.isComplete() };
}

const steps = (count, step) => Array.from({ length: count }, (_, i) => ({ id: String(i + 1), ...step(i) }));
// The client cuts scheme and host off and keeps the rest as the relative address.
const ask = (path, method = "GET") => new Request("https://relative.example" + path, { method });

async function batch(requests) {
  const content = new BatchRequestContent(requests);
  const answers = new BatchResponseContent(await client.api("/$batch").post(await content.getContent()));
  const out = {};
  for (const { id } of requests) {
    const answer = answers.getResponseById(id);
    out[id] = { status: answer.status, body: await answer.json().catch(() => null) };
  }
  return out;
}

await Promise.all([
  scenario("me", async () => {
    const { id, displayName, userPrincipalName } = await client.api("/me").select("id,displayName,userPrincipalName").get();
    return { id, displayName, userPrincipalName };
  }),
  scenario("users", () => pages(client.api("/users").select("id").top(10))),
  scenario("groups", () => pages(client.api("/groups").select("id").top(10))),
  scenario("my groups", () => pages(client.api("/me/transitiveMemberOf/microsoft.graph.group").count(true).top(10), { ConsistencyLevel: "eventual" })),
  scenario("groups by name", async () => {
    const found = await client.api("/groups").header("ConsistencyLevel", "eventual").count(true).search('"displayName:Group 07"').select("id,displayName").get();
    return { count: found["@odata.count"], names: found.value.map((group) => group.displayName) };
  }),
  scenario("batch of 20", () => batch(steps(20, (i) => ({ request: ask(i === 19 ? `/users/${world.nowhere}` : "/me?$select=id") })))),
  scenario("batch in a row", () => batch(steps(20, (i) => ({
    request: ask(i === 2 ? `/users/${world.nowhere}` : "/me?$select=id"), dependsOn: i === 0 ? undefined : [String(i)],
  })))),
  scenario("batch with a body", () => batch([{
    id: "1", request: new Request("https://relative.example/me/getMemberGroups", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ securityEnabledOnly: true }),
    }),
  }])),
  scenario("forbidden", () => connect(world.tokens.weak).api("/groups").get()),
  scenario("not found", () => client.api(`/users/${world.nowhere}`).get()),
  scenario("not a token", () => connect("rubbish").api("/me").get()),
  scenario("error class", async () => ({ is: await client.api(`/users/${world.nowhere}`).get().catch((error) => error instanceof GraphError) })),
]);
