// An owner adds a source, approves what it offers, calls a tool of it by the form, and
// approves a change of it; an auditor looks, and decides nothing.
import assert from "node:assert/strict";
import { asked, check, inThemes, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug, source } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/o/${slug}`;
const search = `${source}_search`;
const changed = `Searches the journal ${source}, and nothing else.`;
const heading = (page, name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
noted.called = ""; // id of the record of the call from the form

try {
  const carol = await person(world);
  await signIn(carol, `${home}/tools/sources`, options.carol);
  await add(carol);
  await approve(carol);
  await allow(carol);
  await call(carol);
  await refuse(carol);
  await change(carol);
  noted.kept.push(...(await carol.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])));
  await phone(await carol.context().storageState());
  await auditor();
  await hostile(await carol.context().storageState());
} catch (error) {
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, "failed-tools");
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

async function looks(page, name) {
  await inThemes(page, noted, options, name);
}

async function settled(page) {
  await page.locator(".fui-Toast").first().waitFor({ state: "detached", timeout: 15_000 });
}

// Somebody adds the server, with a key that is typed and never shown again.
async function add(page) {
  await heading(page, "Sources");
  await page.getByRole("table", { name: "Sources" }).waitFor();
  await looks(page, "sources");
  await page.getByRole("button", { name: "Add source" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a source" });
  await dialog.getByRole("button", { name: "Add source" }).click();
  await dialog.getByText("Use lowercase letters, digits and inner hyphens, 32 at most.").waitFor();
  await dialog.getByLabel("Name", { exact: false }).first().fill(source);
  await dialog.getByLabel("Title").fill("The journal");
  await dialog.getByLabel("MCP endpoint").fill(options.upstream);
  await dialog.getByLabel("How Gatehouse signs in to it").selectOption({ label: "A fixed header" });
  await dialog.getByRole("textbox", { name: "Header" }).fill("X-Api-Key");
  const value = dialog.getByLabel("Value");
  assert.equal(await value.getAttribute("type"), "password");
  await value.fill(options.key);
  await check(page, noted, "adding a source");
  await picture(page, options, "source-adding");
  await dialog.getByRole("button", { name: "Add source" }).click();
  await heading(page, "The journal");
  await page.getByText(`${source} was added`).first().waitFor();
}

// Everything of it is new, and nothing of it is served.
async function approve(page) {
  await page.getByText(/definitions are pending review/).first().waitFor();
  const table = page.getByRole("table", { name: "What it offers" });
  await table.getByRole("button", { name: "Review search" }).first().waitFor();
  await settled(page);
  await looks(page, "source");
  assert.ok(!(await page.content()).includes(options.key), "the key is in the page");
  await page.getByRole("button", { name: "Approve all" }).click();
  const dialog = page.getByRole("alertdialog");
  await dialog.getByRole("heading", { name: new RegExp(`^Approve \\d+ definitions of ${source}\\?$`) }).waitFor();
  await check(page, noted, "approving all");
  await picture(page, options, "source-approving");
  await dialog.getByRole("button", { name: "Approve all" }).click();
  await page.getByText(/definitions were approved/).first().waitFor();
  await page.getByRole("button", { name: "Approve all" }).waitFor({ state: "detached" });
  await flagged(page, table);
  await page.getByText(/pending review/).waitFor({ state: "detached" });
}

/** What has a finding is left for somebody to read, and approved by itself. */
async function flagged(page, table) {
  const waiting = table.getByRole("row").filter({ hasText: "finding" }).getByRole("button", { name: /^Review / });
  await waiting.first().waitFor();
  for (let left = await waiting.count(); left > 0; left--) {
    await waiting.first().click();
    const panel = page.getByRole("dialog");
    await panel.getByText("Look at this first").waitFor();
    await panel.getByRole("button", { name: "Approve" }).click();
    await panel.waitFor({ state: "detached" });
    await page.waitForFunction((n) => document.querySelectorAll("table button[aria-label^='Review ']").length <= n, left - 1);
  }
}

// Roles have pages of their own; here they are given as an automation would.
async function allow(page) {
  await api(page, "POST", "roles", { name: `Readers of ${source}`, permissions: [{ effect: "allow", patterns: [search], condition: 'args.words != "secret"' }] }).then(({ id }) =>
    api(page, "POST", "assignments", { role: id, subject: { kind: "everybody" } }),
  );
}

async function api(page, method, path, body) {
  const { status, answer } = await page.evaluate(
    async ([address, method, body]) => {
      const got = await fetch(address, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      return { status: got.status, answer: await got.json() };
    },
    [`${base}/api/organizations/${slug}/${path}`, method, body],
  );
  assert.ok(status < 300, `${method} ${path} gives ${status}: ${JSON.stringify(answer)}`);
  return answer;
}

async function call(page) {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "All tools" }).click();
  await heading(page, "Tools");
  const table = page.getByRole("table", { name: "Tools" });
  await table.waitFor();
  await settled(page);
  await looks(page, "tools");
  await page.getByRole("searchbox", { name: "Search tools" }).fill(source);
  await page.getByRole("combobox", { name: "Effect" }).selectOption("read");
  await page.waitForURL(/effect=read/);
  assert.equal(await table.getByRole("row").count(), 2, "one tool of the source only reads");
  await page.goBack();
  await page.goForward();
  await table.getByRole("link", { name: search }).click();
  await heading(page, "Search notes");
  await page.getByRole("table", { name: "Who may call it" }).getByText(`Readers of ${source}`).waitFor();
  const form = page.getByRole("region", { name: "Try it" });
  await form.getByLabel("limit").fill("many");
  await form.getByRole("button", { name: "Call tool" }).click();
  await form.getByText("Give a number.").waitFor();
  await check(page, noted, "a mistake in the form");
  await form.getByLabel("limit").fill("3");
  await form.getByLabel("words").fill("a");
  await answers(page, form);
  await looks(page, "tool");
}

// The page waits until the roles that were made a moment ago are in force.
async function answers(page, form) {
  for (let tries = 0; ; tries++) {
    await form.getByRole("button", { name: "Call tool" }).click();
    await form.getByText(/The tool has answered|There is no such tool|nobody has consented/).first().waitFor();
    if (await form.getByText("The tool has answered").isVisible()) break;
    if (await form.getByText("nobody has consented").isVisible()) await consent(page, form);
    assert.ok(tries < 20, "the tool is not served");
    await page.waitForTimeout(500);
  }
  await form.getByRole("group", { name: "Structured result" }).getByText('"notes"').waitFor();
  noted.called = await form.locator("dt", { hasText: "Record" }).locator("xpath=following-sibling::dd[1]").innerText();
  assert.match(noted.called, /^[0-9a-f-]{36}$/);
}

// Carol is in more groups than a token names; the console asks Graph for them as her,
// once she lets it.
async function consent(page, form) {
  const told = noted.errors.filter((error) => error.includes("status of 403") && error.endsWith(`/tools/${search}/calls`));
  assert.equal(told.length, 1, `the refusal is wanted here, once; there is ${noted.errors.join("; ")}`);
  noted.errors.splice(noted.errors.indexOf(told[0]), 1);
  await check(page, noted, "without consent");
  await picture(page, options, "tool-consent");
  const back = page.url();
  const accept = page.getByRole("button", { name: "Accept" });
  await Promise.all([page.waitForEvent("framenavigated"), form.getByRole("link", { name: "Let the console ask for your groups" }).click()]);
  await accept.or(form.getByLabel("words")).first().waitFor();
  if (await accept.isVisible()) await accept.click(); // somebody else's walk may have let it
  await page.waitForURL(back);
  await form.getByLabel("words").fill("a");
  await form.getByLabel("limit").fill("3");
}

// The condition of the role holds here as anywhere.
async function refuse(page) {
  const form = page.getByRole("region", { name: "Try it" });
  await form.getByRole("radio", { name: "JSON" }).check();
  const text = form.getByLabel("Arguments as JSON");
  assert.deepEqual(JSON.parse(await text.inputValue()), { words: "a", limit: 3 });
  await text.fill("{");
  await form.getByRole("button", { name: "Call tool" }).click();
  await form.getByText("This is no JSON.").waitFor();
  await text.fill('{"words":"secret"}');
  await form.getByRole("button", { name: "Call tool" }).click();
  await form.getByText("It could not be done").waitFor();
  await form.getByText(`your roles do not allow ${search} with these arguments`).waitFor();
  await picture(page, options, "tool-refused");
}

// The source says something else of its tool: what was approved is served until
// somebody has read the difference.
async function change(page) {
  const before = await described();
  assert.notEqual(before, changed);
  assert.equal((await fetch(options.describe, { method: "PUT", body: JSON.stringify({ description: changed }) })).status, 204);
  await page.goto(`${home}/tools/sources/${source}`);
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByText(`${source} was read`).first().waitFor();
  await page.getByText("1 definition is pending review").first().waitFor();
  assert.equal(await described(), before, "a change is served before somebody has approved it");
  await settled(page);
  await page.getByRole("button", { name: "Review search" }).click();
  const panel = page.getByRole("dialog", { name: "search" });
  await panel.getByRole("region", { name: "What has changed" }).locator("ins", { hasText: "journal" }).first().waitFor();
  assert.match(page.url(), /definition=search/);
  await check(page, noted, "definition");
  await picture(page, options, "definition");
  await panel.getByRole("button", { name: "Approve" }).click();
  await page.getByText("1 definition was approved").first().waitFor();
  await panel.waitFor({ state: "detached" });
  for (let tries = 0; (await described()) !== changed; tries++) {
    assert.ok(tries < 40, "what was approved is not served");
    await page.waitForTimeout(250);
  }
}

// What an AI app of Carol's is told of the tool.
async function described() {
  const got = await fetch(options.mcp, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", Authorization: `Bearer ${options.token}`, "MCP-Protocol-Version": "2025-11-25" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
  });
  assert.equal(got.status, 200, "the endpoint lists tools");
  const tool = (await got.json()).result.tools.find(({ name }) => name === search);
  assert.ok(tool, `${search} is listed`);
  return tool.description;
}

async function phone(storageState) {
  const page = await person(world, { viewport: { width: 390, height: 844 }, storageState });
  for (const [path, name] of [["tools/sources", "sources"], [`tools/sources/${source}`, "source"], ["tools", "tools"], [`tools/${search}`, "tool"]]) {
    await page.goto(`${home}/${path}`);
    await page.getByRole("table").first().waitFor();
    await page.waitForLoadState("networkidle");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    await picture(page, options, `${name}-phone`);
    assert.ok(!wide, `${path} is wider than a phone`);
  }
}

async function auditor() {
  const page = await person(world);
  await signIn(page, `${home}/tools/sources/${source}`, options.dan);
  await page.getByRole("table", { name: "What it offers" }).waitFor();
  const main = page.getByRole("main");
  for (const name of [/^Approve/, /^Review/, "Refresh", "Remove", "Change credential", /^Turn/]) assert.equal(await main.getByRole("button", { name }).count(), 0, `an auditor is offered ${name}`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Sources" }).click();
  await heading(page, "Sources");
  assert.equal(await main.getByRole("button", { name: "Add source" }).count(), 0, "an auditor adds no source");
  await page.goto(`${home}/tools/${search}`);
  await page.getByRole("table", { name: "Recent calls" }).getByText("This console").first().waitFor();
  assert.equal(await main.getByRole("combobox", { name: "Change effect" }).count(), 0, "an auditor decides no effect");
}

// What a source says is text, whatever it says.
async function hostile(storageState) {
  const page = await person(world, { storageState });
  const name = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>\u202E';
  const poison = (value) => {
    if (Array.isArray(value)) return value.map(poison);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, ["title", "description", "text", "finding", "url", "serverName"].includes(key) && typeof part === "string" ? name : poison(part)]));
  };
  await page.route(/\/api\/organizations\/[^/]+\/(tools|sources|source-statuses)/, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: poison(await answer.json()) });
  });
  for (const path of ["tools/sources", `tools/sources/${source}?kind=tool&definition=search`, "tools", `tools/${search}`]) {
    await page.goto(`${home}/${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    assert.equal(await page.locator("img, main script").count(), 0, `${path}: a text has become markup`);
  }
  await page.getByText("<img src=x").first().waitFor();
  const form = page.getByRole("region", { name: "Try it" });
  await form.getByLabel("words").fill("a"); // the role's condition is about them
  await form.getByRole("button", { name: "Call tool" }).click();
  await form.getByText("The tool has answered").waitFor();
  noted.ran = await page.evaluate(() => "ran" in window);
}
