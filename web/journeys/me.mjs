// Somebody without a role sees what they may do and what acts for them, ends one of
// these, and looks again after joining a group.
import assert from "node:assert/strict";
import { asked, check, inThemes, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/o/${slug}/me`;
const accessPackage = "https://myaccess.microsoft.com/@fabrikam.example#/access-packages/0f5b7a3e-6c1d-4e0f-8a55-3c1f5a1e7d20";
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const wanted = `I do <b>payroll</b> now, since ${Date.now()}`;
const narrow = (page) => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);

try {
  const bob = await person(world);
  await arrive(bob);
  await lookAgain(bob);
  await revoke(bob);
  await phone(await bob.context().storageState());
  await hostile(await bob.context().storageState());
  await request(bob);
  await owner();
  await answered(bob);
  await auditor();
  await elsewhere();
} catch (error) {
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, "failed");
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

/** Has the directory change who is in a group. */
async function members(change) {
  const answer = await fetch(`${options.control}/members`, {
    method: "POST",
    headers: { Authorization: `Bearer ${options.controlToken}`, "Content-Type": "application/json" },
    body: JSON.stringify({ tid: options.tid, group: "Staff", ...change }),
  });
  assert.ok(answer.ok, `the directory answers ${answer.status} ${await answer.text()}`);
}

async function arrive(page) {
  await signIn(page, `${base}/o/${slug}`, options.bob);
  await page.getByText("You have no role in this organization").waitFor();
  await page.getByRole("link", { name: "My AI apps and tools" }).click();
  await page.waitForURL(home);
  await heading(page, "My access");
  await page.getByText("You may not call any tool yet").waitFor();
  await page.getByRole("table", { name: "My AI apps" }).waitFor();
  assert.equal(await page.getByRole("navigation").count(), 0, "there is nothing to go to");
  await inThemes(page, noted, options, "me without tools");
}

/** Asks until Microsoft Graph may be asked again, which is half a minute after the last time. */
async function lookAgain(page) {
  await members({ add: [options.bob] });
  const again = page.getByRole("button", { name: "Check my access again" });
  const changed = page.getByText("Your access has changed");
  for (let tries = 0; tries < 30 && !(await changed.isVisible()); tries++) {
    await again.click();
    await page.locator('[role="status"]', { hasText: /Nothing has changed|Your access has changed|could not be asked/ }).waitFor();
    if (!(await changed.isVisible())) await page.waitForTimeout(3000);
  }
  await changed.waitFor();
  await page.locator("li", { hasText: "New roles" }).filter({ hasText: "staff" }).waitFor();
  const row = page.getByRole("table", { name: "My tools" }).getByRole("row").filter({ hasText: "roll_dice" });
  await row.getByText(/a group|group Staff/).waitFor();
  await row.getByText("Reads only").waitFor();
  await inThemes(page, noted, options, "me with tools", "me");
}

async function revoke(page) {
  const apps = page.getByRole("table", { name: "My AI apps" });
  const rows = await apps.getByRole("row").count();
  await apps.getByRole("button", { name: `Revoke ${options.gone}` }).click();
  const dialog = page.getByRole("alertdialog");
  await dialog.getByRole("heading", { name: `Revoke ${options.gone}?` }).waitFor();
  await check(page, noted, "revoking one's own");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  await apps.getByRole("row").first().waitFor(); // what is below a dialog has no roles until it is gone
  assert.equal(await apps.getByRole("row").count(), rows, "canceling revokes nothing");
  await apps.getByRole("button", { name: `Revoke ${options.gone}` }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await page.getByText(`${options.gone} no longer acts for you`).first().waitFor();
  await apps.getByRole("row").first().waitFor();
  await apps.getByRole("button", { name: `Revoke ${options.gone}` }).waitFor({ state: "detached" });
  assert.equal(await apps.getByRole("row").count(), rows - 1, "one row is gone");
}

async function phone(storageState) {
  const page = await person(world, { viewport: { width: 390, height: 844 }, storageState });
  await page.goto(home);
  await heading(page, "My access");
  await page.getByRole("table", { name: "My tools" }).waitFor();
  await page.getByRole("table", { name: "My AI apps" }).waitFor();
  assert.ok(await narrow(page), "the page is wider than a phone");
  await check(page, noted, "me, phone");
  await picture(page, options, "me-phone");
}

// The server keeps markup out of names; if one came all the same, it would be text.
async function hostile(storageState) {
  const page = await person(world, { storageState });
  const name = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>\u202E';
  await page.route("**/api/me/tools?*", async (route) => {
    const answer = await (await route.fetch()).json();
    for (const tool of answer.items) Object.assign(tool, { title: name, description: name });
    Object.assign(answer, { remarks: [name] });
    for (const role of answer.roles) for (const via of role.via) via.name = name;
    await route.fulfill({ json: answer });
  });
  await page.route("**/api/me/connections?*", async (route) => {
    const answer = await (await route.fetch()).json();
    for (const app of answer.items) Object.assign(app, { name, host: name });
    await route.fulfill({ json: answer });
  });
  await page.goto(home);
  await page.getByRole("button", { name: /^Revoke <img/ }).first().click();
  await page.getByRole("alertdialog").getByRole("heading", { name: /<img/ }).waitFor();
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("table", { name: "My tools" }).getByText("<img").first().waitFor();
  assert.equal(await page.locator("main img, main script").count(), 0, "a name has become markup");
  noted.ran = await page.evaluate(() => "ran" in window);
}

// Whoever has a role finds the same page from their own menu, within the console.
async function owner() {
  const page = await person(world);
  await signIn(page, `${base}/o/${slug}`, options.carol);
  await heading(page, "Overview");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "My AI apps and tools" }).click();
  await heading(page, "My access");
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  const tool = page.getByRole("table", { name: "My tools" }).getByText("whoami").first();
  const consent = page.getByRole("link", { name: "Let the console ask for your groups" });
  await tool.or(consent).first().waitFor();
  if (await consent.isVisible()) {
    await consent.click(); // she is in more groups than a token names
    const accept = page.getByRole("button", { name: "Accept" });
    await accept.or(tool).first().waitFor();
    if (await accept.isVisible()) await accept.click(); // somebody else's walk may have let it
  }
  await tool.waitFor();
  await check(page, noted, "me of an owner");
  await dismiss(page);
  await sendElsewhere(page);
}

// An owner has people ask in Entra. What is no address of its portal is refused beside its field.
async function sendElsewhere(page) {
  await page.goto(`${base}/o/${slug}/settings`);
  await page.getByRole("button", { name: "Edit organization" }).click();
  const dialog = page.getByRole("dialog");
  const link = dialog.getByRole("textbox", { name: "Access package link" });
  await link.fill("https://myaccess.microsoft.com.evil.example/");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("this is no address in the My Access portal").waitFor();
  await check(page, noted, "an access package that is none");
  const refused = await page.evaluate(async (org) => {
    const at = `/api/organizations/${org}`;
    const now = await fetch(at);
    const { name, origins, membership } = await now.json();
    const body = JSON.stringify({ name, origins, membership, accessPackageUrl: "javascript:alert(1)" });
    const answer = await fetch(at, { method: "PUT", headers: { "Content-Type": "application/json", "If-Match": now.headers.get("ETag") }, body });
    return `${answer.status} ${await answer.text()}`;
  }, slug);
  assert.match(refused, /^422 .*accessPackageUrl: is no address in the My Access portal/);
  noted.errors = noted.errors.filter((text) => !/status of 422 .*\/organizations\/[a-z]+$/.test(text)); // the refusal that was wanted
  await link.fill(accessPackage);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText(accessPackage).waitFor();
}

async function request(page) {
  await page.getByRole("button", { name: "Ask for access" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.getByText("Say what you want to do.").waitFor();
  await check(page, noted, "asking for access");
  await picture(page, options, "ask-for-access");
  await dialog.getByRole("textbox").fill(wanted);
  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Waiting for an answer").waitFor();
  await page.getByText(wanted).waitFor();
  assert.equal(await page.getByRole("button", { name: "Ask for access" }).count(), 0, "there is one request at a time");
}

async function dismiss(page) {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Access requests" }).click();
  await heading(page, "Access requests");
  const row = page.getByRole("table", { name: "Access requests" }).getByRole("row").filter({ hasText: wanted });
  await row.waitFor();
  await inThemes(page, noted, options, "access requests");
  await row.getByRole("button", { name: /^Approve/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Tool role" }).getByRole("option", { name: "finance" }).waitFor({ state: "attached" });
  await check(page, noted, "approving");
  await dialog.getByRole("combobox", { name: "Tool role" }).selectOption({ label: "engineering" });
  await dialog.getByRole("button", { name: "Review changes" }).click();
  await dialog.getByRole("list", { name: /^Gains/ }).getByText("notes_").first().waitFor();
  await check(page, noted, "approving, with what it changes");
  await picture(page, options, "approve-access-request");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  await row.getByRole("button", { name: /^Dismiss/ }).click();
  await dialog.getByRole("textbox").fill("Ask again in March");
  await check(page, noted, "dismissing");
  await dialog.getByRole("button", { name: "Dismiss" }).click();
  await dialog.waitFor({ state: "detached" }); // what is behind it cannot be found by its role
  await row.waitFor({ state: "detached" });
  const left = await page.evaluate((org) => fetch(`/api/organizations/${org}/access-requests`).then((answer) => answer.text()), slug);
  assert.ok(!left.includes("payroll"), "the request still waits");
}

async function answered(page) {
  await page.reload();
  await page.getByText("Dismissed", { exact: true }).waitFor();
  await page.getByText("Ask again in March").waitFor();
  const link = page.getByRole("link", { name: "Request access in Microsoft Entra" });
  await link.waitFor();
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  await page.context().route("https://myaccess.microsoft.com/**", (route) => route.fulfill({ contentType: "text/html", body: "<title>My Access</title>" }));
  const [portal] = await Promise.all([page.waitForEvent("popup"), link.click()]);
  await portal.waitForURL(accessPackage);
  assert.equal(await portal.evaluate(() => window.opener), null, "the portal can reach the page that led to it");
  await portal.close();
  await page.getByRole("button", { name: "Ask for access" }).waitFor();
  await inThemes(page, noted, options, "me with an access package");
}

// An auditor finds no way to what people ask admins for, and the address alone gives nothing.
async function auditor() {
  const page = await person(world);
  await signIn(page, `${base}/o/${slug}/people/requests`, options.dan);
  await page.getByText("Access requests are for admins").waitFor();
  assert.equal(await page.getByRole("link", { name: "Access requests" }).count(), 0, "an auditor is led to requests");
  await check(page, noted, "access requests, auditor");
}

// From one organization to the sign-in of another. The page's policy holds what a form leads to.
async function elsewhere() {
  const page = await person(world);
  await signIn(page, `${base}/o/${slug}`, options.carol);
  await heading(page, "Overview");
  await page.getByRole("banner").getByRole("button", { name: /^Organization/ }).click();
  await page.getByRole("menuitem", { name: "Another organization…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill(options.other);
  await check(page, noted, "another organization");
  await dialog.getByRole("button", { name: "Sign in there" }).click();
  await page.waitForURL((url) => url.pathname.startsWith(`/${options.otherTid}/`));
  await page.locator('button[value]').first().waitFor();
}
