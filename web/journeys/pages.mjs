// Goes to every page that somebody is shown a way to: what axe says of it, what it
// asks the server for, and whether a name that is markup becomes part of it.
import assert from "node:assert/strict";
import { drawing, frame } from "./drawing.mjs";
import { asked, check, open, person, picture, signIn, theme } from "./lib.mjs";
import { everybodys, scenes } from "./scenes.mjs";

const options = await asked();
const { base, slug, name } = options;
const world = await open(options);
const { noted } = world;
const under = options.under ?? `/o/${slug}`; // where the pages are
const home = base + under;
noted.foreign = 0; // pages of another organization that were tried
noted.shown = false; // whether a name that is markup was to be read
noted.pages = {}; // what each page has asked the management API for, by its address

// Of what changes something, the first word of its button.
const changing = /^(Add|Approve|Assign|Create|Delete|Dismiss|Edit|Erase|Give|Grant|Hold|Invite|Keep|Make|Map|Place|Reject|Remove|Renew|Request|Resume|Revoke|Save|Suspend|Test|Turn|Undo|Withdraw)\b/;
// Of these keys, the API's answers have what people and other systems have named.
const named = /^(title|text|name|displayName|description|username|host|note|reason|label|summary|remedy|detail|subject|software|toolName|tool|client|person|value)$/;
const markup = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>\u202Egnp';

try {
  const page = await person(world, frame(options));
  await signIn(page, home, options.oid);
  if (options.grant) await grant(page, options.grant);
  if (options.hostile) await page.route("**/api/**", poison);
  const addresses = await everywhere(page);
  if (options.elsewhere) await elsewhere(page, addresses);
  if (options.refused) {
    await scenes(page, noted, options);
    await everybodys(page, noted, options);
  }
  noted.kept = await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]);
  if (options.hostile) noted.errors = noted.errors.filter((text) => !text.startsWith("Failed to load resource")); // there is no tool of that name
  noted.ran = await page.evaluate(() => "ran" in window);
} catch (error) {
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, `failed-${name}`);
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

// Lets somebody into the console, as who walks here may.
async function grant(page, { role, oid }) {
  const status = await page.evaluate(
    async ([address, body]) => (await fetch(address, { method: "POST", headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() }, body: JSON.stringify(body) })).status,
    [`${base}/api/organizations/${slug}/role-grants`, { role, grantee: { kind: "person", id: oid } }],
  );
  assert.ok(status === 201 || status === 409, `granting ${role} gives ${status}`);
}

async function everywhere(page) {
  const asks = watch(page);
  const seen = new Set();
  const waiting = [under];
  const addresses = [];
  while (waiting.length > 0) {
    const address = waiting.shift();
    const kind = kindOf(address);
    if (seen.has(kind)) continue;
    seen.add(kind);
    await page.goto("about:blank"); // what the page before still asks for ends here, and counts for none
    asks.begin();
    await page.goto(base + address);
    await asks.settle();
    await look(page, kind);
    noted.pages[kind] = asks.calls.length;
    for (const { url, status } of asks.calls) if (status >= 400 && !options.hostile) noted.errors.push(`${kind} asks for ${url}, which gives ${status}`);
    addresses.push(address);
    for (const next of await page.locator(`a[href^="${under}"]`).evaluateAll((links) => links.map((link) => link.getAttribute("href")))) waiting.push(next);
  }
  return addresses;
}

// The same pages of an organization that is not one's own: nothing of it is answered.
async function elsewhere(page, addresses) {
  const theirs = `/api/organizations/${options.elsewhere}`;
  const given = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith(theirs) && response.ok()) given.push(pathname);
  });
  const before = noted.errors.length;
  for (const address of addresses) {
    await page.goto(base + address.replace(`/o/${slug}`, `/o/${options.elsewhere}`));
    await page.getByRole("heading", { level: 1, name: "This is another organization's page" }).waitFor();
    const way = await page.getByRole("link", { name: "Sign in there" }).getAttribute("href");
    assert.ok(way?.startsWith(`/auth/sign-in?tenant=${options.elsewhere}&`), `${address} leads to ${way}`);
    assert.equal(await page.getByRole("table").count(), 0, `${address} of another organization has a list`);
    noted.foreign++;
  }
  assert.deepEqual(given, [], "another organization answers");
  noted.errors.splice(before); // the browser notes each refusal
}

async function look(page, kind) {
  const headings = page.getByRole("heading", { level: 1 });
  await headings.first().waitFor();
  assert.equal(await headings.count(), 1, `${kind} has one heading`);
  assert.equal(await page.locator("main img:not([src^='/'])").count(), 0, `${kind}: a name has become markup`);
  noted.shown ||= (await page.locator("main").innerText()).includes("<img src=x");
  const buttons = await page.locator("main").getByRole("button").evaluateAll((all) => all.map((button) => (button.getAttribute("aria-label") ?? button.textContent ?? "").trim()));
  if (options.readsOnly) for (const text of buttons) if (changing.test(text)) noted.errors.push(`${kind} offers “${text}”`);
  const file = fileOf(kind);
  for (const look of options.themes ?? []) {
    await theme(page, look);
    await check(page, noted, `${kind}, ${look}`);
    await drawing(page, noted, options, file, look.toLowerCase());
  }
  if (!options.hostile) await picture(page, options, `page-${name}-${file}`);
}

/** The picture of a page is called as its address is. */
function fileOf(kind) {
  const within = kind.startsWith(`/o/${slug}`) ? kind.slice(`/o/${slug}`.length) : kind;
  return within.replaceAll("*", "details").replaceAll(/[^a-z]+/gi, "-").replace(/^-|-$/g, "") || "overview";
}

// Two addresses that differ in an id or a name show the same page.
function kindOf(address) {
  const url = new URL(address, base);
  const place = url.pathname
    .replace(/\/tools\/(?!sources(\/|$))[^/]+/, "/tools/*")
    .replace(/\/tools\/sources\/[^/]+/, "/tools/sources/*")
    .split("/")
    .map((part, i) => (i < 3 || /^[a-z-]*$/.test(part) ? part : "*"))
    .join("/");
  const tab = url.searchParams.get("view") ?? url.searchParams.get("tab");
  return `${place}${tab ? `?${tab}` : ""}`;
}

// Notes what a page asks the management API for, and waits until it asks for no more.
function watch(page) {
  let open = 0;
  let last = 0;
  const asks = {
    calls: [],
    begin() {
      asks.calls.length = 0;
    },
    async settle() {
      await page.waitForFunction(() => document.querySelector("h1") && (document.querySelector("[role='alert']") || !document.querySelector("[aria-label='Loading'], [role='progressbar']")));
      while (open > 0 || Date.now() - last < 150) await page.waitForTimeout(30);
    },
  };
  const ended = () => {
    open--;
    last = Date.now();
  };
  page.on("request", () => {
    open++;
  });
  page.on("requestfailed", ended);
  page.on("requestfinished", ended);
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith("/api/")) asks.calls.push({ url: pathname, status: response.status() });
  });
  return asks;
}

// Gives every name in an answer of the management API as markup.
async function poison(route) {
  if (route.request().method() !== "GET") return route.continue();
  const response = await route.fetch();
  if (!response.ok() || !(response.headers()["content-type"] ?? "").includes("application/json")) return route.fulfill({ response });
  const json = JSON.parse(await response.text(), (key, value) => (typeof value === "string" && named.test(key) ? markup + value : value));
  return route.fulfill({ response, json });
}
