// An owner settles what there is to settle: who administers, who is told, how much may
// be called, what is recorded; suspends and resumes, deletes and restores. An auditor
// sees all of it and changes nothing.
import assert from "node:assert/strict";
import { asked, check, inThemes, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/o/${slug}`;
const heading = (page, name, level = 1) => page.getByRole("heading", { level, name }).waitFor();
const tabs = ["General", "Connection", "Sign-in", "Admins and auditors", "Contacts", "Limits", "Recording", "Support access"];
const told = (page, text) => page.getByText(text).first().waitFor(); // it is read aloud, too
const tab = async (page, name) => {
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name, exact: true }).click();
};
const api = (page, path) => page.evaluate(async (url) => (await fetch(url)).json(), `/api/organizations/${slug}${path}`);

try {
  await { look, act }[options.part]();
} catch (error) {
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, `failed-settings-${options.part}`);
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

async function look() {
  const page = await person(world);
  await signIn(page, `${home}/settings`, options.carol);
  await heading(page, "Settings");
  await everyTab(page);
  await phone(await page.context().storageState());
  await auditor();
  await hostile();
}

async function act() {
  const page = await person(world);
  await signIn(page, `${home}/settings/roles`, options.carol);
  await heading(page, "Settings");
  for (const step of [roles, contacts, limits, recording, clash, suspend, erase]) await step(page);
  noted.kept.push(...(await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])));
}

async function everyTab(page) {
  for (const one of tabs) {
    await tab(page, one);
    await page.waitForLoadState("networkidle");
    await inThemes(page, noted, options, `settings ${one.toLowerCase()}`);
  }
  await tab(page, "Connection");
  await page.getByRole("button", { name: "Run the check" }).click();
  await page.getByRole("button", { name: "Run it again" }).waitFor();
  await check(page, noted, "doctor");
  await picture(page, options, "settings-doctor");
}

// Erin, a guest, audits until a day.
async function roles(page) {
  await page.getByRole("button", { name: "Grant a role" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /^Auditor/ }).check();
  await dialog.getByLabel("Ends").fill("2031-03-31");
  await dialog.getByRole("button", { name: "Grant a role" }).click();
  await dialog.getByText("Choose somebody, or paste their object ID.").waitFor();
  const who = dialog.getByRole("combobox", { name: "Person" });
  const erin = page.getByRole("option", { name: /erin@/ });
  const consent = dialog.getByRole("link", { name: "Let Gatehouse search as me" });
  await who.pressSequentially("eri");
  await erin.or(consent).first().waitFor();
  if (await consent.isVisible()) await agree(page, dialog, consent);
  await erin.getByText(/· Guest$/).waitFor();
  await picture(page, options, "person-picker-light");
  await who.press("ArrowDown");
  await who.press("Enter");
  await dialog.getByText(`Object ID ${options.erin}`).waitFor();
  await dialog.getByLabel("Display name").fill("Erin, outside auditor");
  await check(page, noted, "granting, Light");
  await picture(page, options, "grant-light");
  await dialog.getByRole("button", { name: "Grant a role" }).click();
  await told(page, "Erin, outside auditor is Auditor now");
  const row = page.getByRole("table", { name: "Admins and auditors" }).getByRole("row").filter({ hasText: "Erin" });
  await row.getByText("Mar 31, 2031").waitFor();
  const { items } = await api(page, "/role-grants?limit=200");
  const grant = items.find((item) => item.grantee.id === options.erin && item.role === "auditor");
  assert.ok(grant?.endsAt.startsWith("2031-03-31") || grant?.endsAt.startsWith("2031-04-01"), "the grant has its end");
  await row.getByRole("button", { name: "Remove Erin, outside auditor" }).click();
  const question = page.getByRole("alertdialog");
  await check(page, noted, "taking a role, Light");
  await question.getByRole("button", { name: "Remove" }).click();
  await row.waitFor({ state: "detached" });
}

/** Lets Gatehouse search, once, in a tab of its own; what was typed stays. */
async function agree(page, dialog, consent) {
  const [tab] = await Promise.all([page.context().waitForEvent("page"), consent.click()]);
  const back = tab.waitForURL(/\/settings\/roles/);
  await Promise.race([back, tab.getByRole("button", { name: "Accept" }).click()]);
  await back;
  await tab.close();
  await dialog.getByRole("button", { name: "Try again" }).click();
  noted.errors = noted.errors.filter((text) => !/status of 403 .*\/people\?search=/.test(text)); // until somebody agrees
}

// A webhook's secret is shown once, and another makes it worth nothing.
async function contacts(page) {
  await tab(page, "Contacts");
  await page.getByRole("button", { name: "Add a contact" }).first().click();
  let dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("pager");
  await dialog.getByRole("radio", { name: "A webhook" }).check();
  await dialog.getByLabel("Webhook URL").fill("https://hooks.example/pager");
  await dialog.getByRole("checkbox", { name: /^Tell once a day/ }).uncheck();
  await check(page, noted, "adding a contact, Light");
  await picture(page, options, "contact-add-light");
  await dialog.getByRole("button", { name: "Add a contact" }).click();
  const shown = page.getByRole("alertdialog");
  const secret = await shown.getByLabel("Signing secret").inputValue();
  assert.match(secret, /^whsec_/);
  await picture(page, options, "contact-secret-light");
  await shown.getByRole("button", { name: "Close" }).click();
  const row = page.getByRole("table", { name: "Contacts" }).getByRole("row").filter({ hasText: "pager" });
  await row.getByRole("cell", { name: "At once", exact: true }).waitFor();
  assert.ok(!(await page.content()).includes(secret), "the secret is gone");

  await row.getByRole("button", { name: "Make a new secret for pager" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "New secret" }).click();
  const renewed = await page.getByRole("alertdialog").getByLabel("Signing secret").inputValue();
  assert.ok(renewed !== secret && renewed.startsWith("whsec_"), "the secret is another");
  await page.getByRole("alertdialog").getByRole("button", { name: "Close" }).click();

  await row.getByRole("button", { name: "Edit pager" }).click();
  dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: /^Tell once a day/ }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await row.getByText("At once, Once a day").waitFor();
  await row.getByRole("button", { name: "Remove pager" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await row.waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Add a contact" }).first().click();
  await dialog.getByLabel("Name").fill("desk");
  await dialog.getByLabel("Email address").fill("desk@fabrikam.example");
  await dialog.getByRole("button", { name: "Add a contact" }).click();
  await page.getByRole("button", { name: "Send desk a test message" }).click();
  await told(page, "The test message to desk was taken");
  await page.getByRole("button", { name: "Remove desk" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove desk" }).waitFor({ state: "detached" });
}

async function limits(page) {
  await tab(page, "Limits");
  await page.getByRole("button", { name: "Add a limit" }).first().click();
  let dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("journey");
  await dialog.getByLabel("Calls", { exact: true }).fill("50");
  await dialog.getByRole("button", { name: "Add a limit" }).click();
  const row = page.getByRole("table", { name: "Limits" }).getByRole("row").filter({ hasText: "journey" });
  await row.getByText("50 calls a minute").waitFor();
  await row.getByRole("button", { name: "Edit journey" }).click();
  dialog = page.getByRole("dialog");
  await dialog.getByLabel("Calls", { exact: true }).fill("60");
  await dialog.getByLabel("At once, at most").fill("10");
  await dialog.getByLabel("Per day").fill("1000");
  await check(page, noted, "editing a limit, Light");
  await picture(page, options, "limit-edit-light");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row.getByText("60 calls a minute, 10 at once").waitFor();
  const limit = await api(page, "/limits/journey");
  assert.deepEqual([limit.rate, limit.callsPerDay], [{ calls: 60, every: "minute", burst: 10 }, 1000]);
}

async function recording(page) {
  await tab(page, "Recording");
  await page.getByRole("button", { name: "Add a recording" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("journey");
  await dialog.getByLabel("Tool or pattern").fill("notes_*");
  await dialog.getByLabel("Fields of the arguments").fill("/title\n\n/id ");
  await check(page, noted, "adding a recording, Light");
  await dialog.getByRole("button", { name: "Add a recording" }).click();
  const row = page.getByRole("table", { name: "What is recorded of calls" }).getByRole("row").filter({ hasText: "journey" });
  await row.getByText("/id, /title").waitFor();
  await row.getByRole("button", { name: "Remove journey" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await row.waitFor({ state: "detached" });
}

// Somebody else is faster: what was typed stays, and saving again puts it through.
async function clash(page) {
  await tab(page, "Limits");
  await page.getByRole("button", { name: "Edit journey" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Per day").fill("2000");
  const status = await page.evaluate(async (url) => {
    const read = await fetch(url);
    const { per, rate } = await read.json();
    const headers = { "If-Match": read.headers.get("ETag"), "Content-Type": "application/json" };
    return (await fetch(url, { method: "PUT", headers, body: JSON.stringify({ per, rate, callsPerDay: 5 }) })).status;
  }, `/api/organizations/${slug}/limits/journey`);
  assert.equal(status, 200);
  const fresh = page.waitForResponse((response) => response.url().endsWith("/limits/journey") && response.request().method() === "GET");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Somebody else changed this meanwhile").waitFor();
  await fresh;
  noted.errors = noted.errors.filter((text) => !text.includes("status of 412"));
  assert.equal(await dialog.getByLabel("Per day").inputValue(), "2000", "what was typed stays");
  await check(page, noted, "a clash, Light");
  await picture(page, options, "clash-light");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal((await api(page, "/limits/journey")).callsPerDay, 2000);
  await page.getByRole("button", { name: "Remove journey" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove journey" }).waitFor({ state: "detached" });
}

/** The status that an AI app with a token gets at the endpoint. */
function knock() {
  const headers = { "Content-Type": "application/json", Accept: "application/json, text/event-stream", Authorization: `Bearer ${options.token}` };
  return fetch(options.endpoint, { method: "POST", headers, body: `{"jsonrpc":"2.0","id":1,"method":"ping"}` }).then((r) => r.status);
}

async function until(wanted) {
  const end = Date.now() + 20_000;
  let status = await knock();
  while (!wanted.includes(status)) {
    assert.ok(Date.now() < end, `the endpoint answers ${status}, and not ${wanted}`);
    await new Promise((r) => setTimeout(r, 200));
    status = await knock();
  }
}

async function suspend(page) {
  await tab(page, "General");
  const serving = await knock();
  assert.ok(![401, 403, 404].includes(serving) && serving < 500, `the endpoint serves, and answers ${serving}`);
  await page.getByRole("button", { name: "Suspend" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("heading", { name: "Suspend Fabrikam?" }).waitFor();
  await question.getByRole("button", { name: "Suspend" }).click();
  await page.getByText("This organization is suspended").waitFor();
  await until([403]);
  await check(page, noted, "suspended");
  await picture(page, options, "suspended");
  await page.getByRole("button", { name: "Resume" }).click();
  await question.getByRole("button", { name: "Resume" }).click();
  await told(page, "Fabrikam serves again");
  await until([serving]);
}

async function erase(page) {
  await page.getByRole("button", { name: "Delete organization" }).click();
  const question = page.getByRole("alertdialog");
  const confirm = question.getByRole("button", { name: "Delete organization" });
  await question.getByLabel("To confirm, type Fabrikam").fill("fabrikam");
  assert.equal(await confirm.getAttribute("aria-disabled"), "true", "another word does not do");
  await question.getByLabel("To confirm, type Fabrikam").fill("Fabrikam");
  await check(page, noted, "deleting");
  await picture(page, options, "delete");
  await confirm.click();
  // The demo's Fabrikam is in a lawsuit: what is held is not deleted, and the console says why.
  await question.getByText("cannot be deleted while there is a legal hold").waitFor();
  noted.errors = noted.errors.filter((text) => !text.includes("status of 409"));
  await check(page, noted, "not deleted");
  await picture(page, options, "delete-held");
  await question.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("The endpoint serves.").waitFor();
  assert.equal((await api(page, "")).state, "active");

  await tab(page, "Sign-in");
  await page.getByRole("button", { name: "Edit sign-in" }).click();
  await page.getByRole("dialog").getByRole("radio", { name: "Each person decides" }).check();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.locator("dd", { hasText: "Each person decides" }).waitFor();
}

async function phone(storageState) {
  const page = await person(world, { viewport: { width: 390, height: 844 }, storageState });
  await page.goto(`${home}/settings`);
  for (const one of tabs) {
    await tab(page, one);
    await page.waitForLoadState("networkidle");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${one} is wider than a phone`);
    await picture(page, options, `settings-${one.toLowerCase().replaceAll(" ", "-")}-phone`);
  }
}

async function auditor() {
  const page = await person(world);
  await signIn(page, `${home}/settings`, options.dan);
  for (const one of tabs) {
    await tab(page, one);
    await page.waitForLoadState("networkidle");
    const buttons = await page.getByRole("main").getByRole("button").allTextContents();
    assert.deepEqual(buttons, [], `an auditor changes nothing at ${one}`);
  }
}

async function hostile() {
  const page = await person(world);
  const name = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>\u202E';
  const at = "2031-01-01T00:00:00Z";
  const inject = (pattern, item) => page.route(pattern, (route) => route.fulfill({ json: { items: [item] } }));
  await inject("**/role-grants?*", { id: options.erin, role: "auditor", grantee: { kind: "person", id: name }, name });
  await inject("**/contacts?*", { id: options.erin, name, email: name, urgent: true, digest: true });
  await inject("**/limits?*", { name, per: "tool", tool: name, callsPerDay: 1 });
  await inject("**/recordings?*", { name, tool: name, arguments: [name] });
  await inject("**/body-grants?*", { id: options.erin, name, reason: name, grantee: { kind: "person", id: options.erin }, grantedBy: { name }, beginsAt: at, endsAt: at, grantedAt: at });
  await inject("**/support-accesses?*", { id: options.erin, state: "pending", operator: { oid: options.erin, name }, reason: name, requestedAt: at });
  await signIn(page, `${home}/settings`, options.carol);
  for (const one of tabs.slice(3)) {
    await tab(page, one);
    await page.getByText("<img src=x").first().waitFor();
  }
  await page.getByRole("button", { name: /^Approve <img/ }).click();
  await page.getByRole("dialog").getByRole("heading", { name: /<img/ }).waitFor();
  assert.equal(await page.locator("img, #root script").count(), 0, "a name has become markup");
  noted.ran = await page.evaluate(() => "ran" in window);
}
