// An owner looks at the overview, sees a call arrive there, and revokes a connection; an
// auditor, a viewer and somebody without a role see what is theirs.
import assert from "node:assert/strict";
import { asked, check, inThemes, open, person, picture, signIn, theme } from "./lib.mjs";
import { callTool, until } from "./mcp.mjs";

const options = await asked();
const { base, slug } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/o/${slug}`;
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

try {
  const carol = await person(world);
  await signIn(carol, home, options.carol);
  await overview(carol);
  await calls(carol);
  await revoke(carol);
  noted.kept.push(...(await carol.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])));
  await phone(await carol.context().storageState());
  await auditor();
  await viewer();
  await hostile();
  await nobody();
} catch (error) {
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, "failed");
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

async function overview(page) {
  await heading(page, "Overview");
  await whole(page);
  await page.getByRole("heading", { name: "Needs attention" }).waitFor();
  await page.getByLabel("Endpoint URL").waitFor();
  await inThemes(page, noted, options, "overview");
}

// The demo has a month of history: there is something in every card and chart.
async function whole(page) {
  for (const name of ["Tool calls", "Refusals", "Active people", "Active AI apps"]) await card(page, name).filter({ hasText: /^[1-9][\d,]*$/ }).waitFor();
  await card(page, "Latency").filter({ hasText: /^[\d.]+ m?s$/ }).waitFor();
  for (const name of [/tool calls and \d+ refusals/, /^How long calls took/, /^How many people and AI apps/]) await page.getByRole("img", { name }).waitFor();
  const tools = page.getByRole("region", { name: "Most used tools" });
  assert.equal(await tools.getByRole("link").count(), 5);
  assert.equal(await page.getByText(options.person).count(), 0, "the overview names somebody");
}

function card(page, name) {
  return page.locator("dt", { hasText: new RegExp(`^${name}$`) }).locator("xpath=following-sibling::dd[1]");
}

async function shown(page, name) {
  const number = card(page, name).filter({ hasText: /^[\d,]+$/ });
  await number.waitFor();
  return Number((await number.innerText()).replaceAll(",", ""));
}

// What somebody's AI app calls, and what it is refused, is in the cards moments later.
async function calls(page) {
  await theme(page, "Light");
  await page.getByRole("tab", { name: "24 hours" }).click();
  await page.waitForURL(`${home}?span=day`);
  await page.getByRole("img", { name: /in the last 24 hours/ }).or(page.getByText("Nothing was called in this time")).first().waitFor();
  const before = { calls: await shown(page, "Tool calls"), refusals: await shown(page, "Refusals") };
  const { mcp, token } = options;
  assert.match(await callTool({ mcp, token, name: "whoami" }), /"content"/);
  assert.match(await callTool({ mcp, token, name: "whoami_else" }), /unknown tool/);
  await until(async () => {
    await page.reload();
    return (await shown(page, "Tool calls")) > before.calls && (await shown(page, "Refusals")) > before.refusals;
  }, "the call or the refusal is not counted");
  assert.ok((await shown(page, "Active people")) > 0 && (await shown(page, "Active AI apps")) > 0, "somebody was active through an AI app");
  const tools = page.getByRole("region", { name: "Most used tools" });
  assert.equal(await tools.getByText("whoami_else").count(), 0, "what does not exist is among the tools");
  await check(page, noted, "overview of a day");
  await picture(page, options, "overview-day");
  await tools.getByRole("link", { name: "whoami", exact: true }).click();
  await heading(page, "whoami");
  await page.goto(home);
  await heading(page, "Overview");
}

async function revoke(page) {
  await theme(page, "Light");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Connections" }).click();
  await heading(page, "Connections");
  const table = page.getByRole("table", { name: "Connections" });
  await table.waitFor();
  await inThemes(page, noted, options, "connections");
  const row = table.getByRole("row").filter({ hasText: options.person }).filter({ has: page.getByRole("button", { name: /^Revoke Claude for/ }) });
  await row.getByRole("button", { name: /^Revoke Claude for/ }).click();
  const dialog = page.getByRole("alertdialog");
  await dialog.getByRole("heading", { name: /^Revoke Claude for .+\?$/ }).waitFor();
  await check(page, noted, "revoking");
  await picture(page, options, "revoke");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.reload();
  await row.waitFor(); // canceling revokes nothing
  await row.getByRole("button", { name: /^Revoke/ }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await page.getByText(/^Claude no longer acts for [^.]+$/).waitFor();
  await row.waitFor({ state: "detached" });
  await page.waitForFunction(() => {
    const toast = document.querySelector(".fui-ToastContainer"); // it fades in
    return toast && getComputedStyle(toast).opacity === "1" && toast.getBoundingClientRect().height > 20;
  });
  await picture(page, options, "revoked");
}

async function phone(storageState) {
  const page = await person(world, { viewport: { width: 390, height: 844 }, storageState });
  await page.goto(home);
  await heading(page, "Overview");
  await whole(page);
  await check(page, noted, "overview, phone");
  await picture(page, options, "overview-phone");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "the overview is wider than a phone");
  await page.getByRole("button", { name: "Open navigation" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.waitFor();
  await picture(page, options, "navigation-phone");
  await drawer.getByRole("link", { name: "Connections" }).click();
  await heading(page, "Connections");
  await page.getByRole("table").waitFor();
  await drawer.waitFor({ state: "detached" });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "the connections are wider than a phone");
  await check(page, noted, "connections, phone");
  await picture(page, options, "connections-phone");
}

async function auditor() {
  const page = await person(world);
  await signIn(page, `${home}/people/connections`, options.dan);
  await heading(page, "Connections");
  await page.getByRole("table", { name: "Connections" }).waitFor();
  assert.equal(await page.getByRole("button", { name: /^Revoke/ }).count(), 0, "an auditor revokes nothing");
  await page.getByRole("link", { name: "Overview" }).click();
  await whole(page);
}

// Whoever may look at the console at all sees how it is used; the log is not theirs.
async function viewer() {
  const owner = world.browser.contexts()[0].pages()[0];
  const status = await owner.evaluate(
    async ([address, id]) =>
      (await fetch(address, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
        body: JSON.stringify({ role: "viewer", grantee: { kind: "person", id } }),
      })).status,
    [`${base}/api/organizations/${slug}/role-grants`, options.frank],
  );
  assert.ok(status === 201 || status === 409, `granting gives ${status}`);
  const page = await person(world);
  await signIn(page, home, options.frank);
  await heading(page, "Overview");
  await whole(page);
  await check(page, noted, "overview, viewer");
  await picture(page, options, "overview-viewer");
  const told = (await page.evaluate(async (address) => (await fetch(address)).text(), `${base}/api/organizations/${slug}/usage?span=month`)).toLowerCase();
  assert.ok(told.includes('"whoami"'), told);
  for (const somebody of options.cast) assert.ok(!told.includes(somebody.toLowerCase()), `the numbers tell of ${somebody}`);
}

// The server keeps markup out of names; if one came all the same, it would be text.
async function hostile() {
  const page = await person(world);
  const name = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>\u202E';
  await page.route("**/api/organizations/*/connections?*", async (route) => {
    const answer = await (await route.fetch()).json();
    for (const item of answer.items) Object.assign(item, { name, client: name, host: name, answersTo: name, person: { ...item.person, name, username: name } });
    await route.fulfill({ json: answer });
  });
  await signIn(page, `${home}/people/connections`, options.carol);
  const revoke = page.getByRole("button", { name: /^Revoke <img/ }).first();
  await revoke.click();
  await page.getByRole("alertdialog").getByRole("heading", { name: /<img/ }).waitFor();
  assert.equal(await page.locator("img, td script").count(), 0, "a name has become markup");
  noted.ran = await page.evaluate(() => "ran" in window);
}

async function nobody() {
  const page = await person(world);
  await signIn(page, home, options.bob);
  await page.getByText("You have no role in this organization").waitFor();
  assert.equal(await page.getByRole("navigation").count(), 0, "there is nothing to go to");
  await check(page, noted, "no role");
  await picture(page, options, "no-role");
}
