// An owner has people ask before they connect AI apps, decides about what waits, and
// cuts off an app of one person. The parts are walked one after the other; between
// them AI apps knock.
import assert from "node:assert/strict";
import { asked, check, inThemes, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/o/${slug}`;
const heading = (page, name, level = 1) => page.getByRole("heading", { level, name }).waitFor();
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
const told = (page, text) => page.getByText(text).first().waitFor(); // it is read aloud, too
const parts = { ask, approve, revoke };

try {
  await parts[options.part]();
} catch (error) {
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, `failed-people-${options.part}`);
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

async function looks(page, name) {
  await inThemes(page, noted, options, name);
}

// People have to ask an admin from now on.
async function ask() {
  const page = await person(world);
  await signIn(page, `${home}/settings/sign-in`, options.carol);
  await heading(page, "Settings");
  await page.getByText("Entra's sign-in logs and Conditional Access see Gatehouse's app registration").waitFor();
  await page.getByRole("button", { name: "Edit sign-in" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "Ask an admin first" }).check();
  await check(page, noted, "edit sign-in, Light");
  await picture(page, options, "sign-in-edit-light");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.locator("dd", { hasText: "Ask an admin first" }).waitFor();
}

async function approve() {
  const page = await person(world);
  await signIn(page, home, options.carol);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "AI apps" }).click();
  await heading(page, "AI apps");
  const queue = page.getByRole("table", { name: "Waiting for approval" });
  const heron = queue.getByRole("row").filter({ hasText: "Heron" });
  await heron.waitFor();
  await heron.getByText("Not verified").waitFor();
  await heron.getByText("Alice Fabrikam").waitFor();
  await looks(page, "apps");

  await queue.getByRole("button", { name: "Reject Parrot" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByText("whoever tries to connect it again asks again").waitFor();
  await check(page, noted, "rejecting");
  await question.getByRole("button", { name: "Reject" }).click();
  await queue.getByRole("row").filter({ hasText: "Parrot" }).waitFor({ state: "detached" });

  await heron.getByRole("button", { name: "Approve Heron" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Nobody vouches for this name").waitFor();
  await check(page, noted, "approving");
  await picture(page, options, "approve");
  await dialog.getByRole("button", { name: "Approve" }).click();
  await told(page, "Heron is on the list of clients");
  await page.getByRole("heading", { name: "Waiting for approval" }).waitFor({ state: "detached" });
  await register(page);
}

// A confidential client: its secret is shown once, and its redirect URI comes later.
async function register(page) {
  await page.getByRole("link", { name: "Registered clients" }).click();
  await heading(page, "Registered clients");
  await page.getByRole("button", { name: "Register a client" }).first().click();
  let dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /^Confidential/ }).check();
  await dialog.getByLabel("Name").fill("Ledger");
  await check(page, noted, "registering");
  await dialog.getByRole("button", { name: "Register a client" }).click();
  const panel = page.getByRole("dialog").filter({ has: page.getByRole("heading", { name: "Ledger" }) });
  await panel.getByText("None yet: people cannot sign in with it").waitFor();
  const id = await panel.getByLabel("Client ID").inputValue();
  assert.match(id, /^ghc_/);
  assert.equal(new URL(page.url()).searchParams.get("client"), id, "the panel has an address");

  await panel.getByRole("button", { name: "New secret" }).click();
  dialog = page.getByRole("dialog").filter({ hasText: "Days it is good for" }).last();
  await dialog.getByLabel("Days it is good for").fill("90");
  await dialog.getByRole("button", { name: "New secret" }).click();
  const shown = page.getByRole("alertdialog");
  const secret = await shown.getByLabel("Client secret").inputValue();
  assert.ok(secret.length > 20, "there is a secret");
  await check(page, noted, "secret");
  await picture(page, options, "client-secret");
  await shown.getByRole("button", { name: "Close" }).click();
  await shown.waitFor({ state: "detached" });
  assert.ok(!(await page.content()).includes(secret) && !page.url().includes(secret), "the secret is gone");
  await panel.getByText(`…${secret.slice(-4)}`).waitFor();

  await panel.getByRole("button", { name: "Edit" }).click();
  dialog = page.getByRole("dialog").filter({ hasText: "Edit Ledger" }).last();
  await dialog.getByLabel("Redirect URIs").fill("https://ledger.example/callback");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await panel.getByText("https://ledger.example/callback").waitFor();
  await check(page, noted, "registered client");
  await picture(page, options, "registered-client");

  await panel.getByRole("button", { name: "Delete", exact: true }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("heading", { name: "Delete the client Ledger?" }).waitFor();
  await question.getByRole("button", { name: "Delete" }).click();
  await told(page, "Ledger is deleted");
}

async function revoke() {
  const page = await person(world);
  await signIn(page, `${home}/people/connections`, options.carol);
  const row = page.getByRole("table", { name: "Connections" }).getByRole("row").filter({ hasText: "Heron" });
  await row.getByRole("link", { name: "Alice Fabrikam" }).click();
  await heading(page, "Alice Fabrikam");
  assert.equal(page.url(), `${home}/people/${options.alice}`);
  const groups = page.getByRole("table", { name: "Group membership" });
  const belongs = groups.getByRole("row").filter({ hasText: "Yes" }).filter({ hasText: /Microsoft Graph|The person's token/ });
  await belongs.first().waitFor();
  await looks(page, "person");
  await page.getByRole("button", { name: "Check again" }).click();
  await belongs.first().waitFor();

  const table = page.getByRole("table", { name: "Connections" });
  const revoke = table.getByRole("row").filter({ hasText: "Heron" }).getByRole("button", { name: "Revoke Heron" });
  await revoke.click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await told(page, /^Heron no longer acts for Alice Fabrikam$/);
  await revoke.waitFor({ state: "detached" });

  // Everything of somebody else, with a reason that stays.
  await page.goto(`${home}/people/${options.bob}`);
  await page.getByRole("button", { name: "Revoke everything" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("disable the account in Entra").waitFor();
  await dialog.getByLabel("Reason").fill("The project is over");
  await check(page, noted, "revoking everything");
  await picture(page, options, "revoke-person");
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await page.getByText("Reason: The project is over").waitFor();
  await picture(page, options, "person-revoked");

  // An app for everybody, from its panel, which has an address.
  await page.goto(`${home}/people/apps`);
  await page.getByRole("button", { name: "Details of Heron" }).click();
  const panel = page.getByRole("dialog");
  await panel.getByRole("button", { name: "Revoke for everybody" }).click();
  await page.getByRole("dialog").last().getByLabel("Reason").fill("Tried out");
  await check(page, noted, "app");
  await page.getByRole("dialog").last().getByRole("button", { name: "Revoke", exact: true }).click();
  await panel.getByText("Reason: Tried out").waitFor();
  await picture(page, options, "app");
  noted.kept.push(...(await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])));
  await phone(await page.context().storageState());
  await auditor();
  await hostile();
}

async function phone(storageState) {
  const page = await person(world, { viewport: { width: 390, height: 844 }, storageState });
  for (const [path, name] of [["people/apps", "AI apps"], [`people/${options.alice}`, new RegExp(`^(Alice Fabrikam|${options.alice})$`)], ["people/apps/registered", "Registered clients"]]) {
    await page.goto(`${home}/${path}`);
    await heading(page, name);
    await page.waitForLoadState("networkidle");
    assert.ok(await fits(page), `${path} is wider than a phone`);
    await picture(page, options, `${path.split("/").pop().replace(options.alice, "person")}-phone`);
  }
}

// Dan reads all of it, and decides nothing.
async function auditor() {
  const page = await person(world);
  await signIn(page, `${home}/people/apps?app=none`, options.dan);
  await page.getByRole("dialog").getByRole("heading", { name: "Unknown AI app" }).first().waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Details of Heron" }).click();
  await page.getByRole("dialog").getByText("Client ID").first().waitFor();
  const forbidden = /^(Approve|Reject|Edit|Take off|Revoke|Delete|Register a)/;
  assert.equal(await page.getByRole("button", { name: forbidden }).count(), 0, "an auditor decides nothing about an app");
  for (const path of ["people/apps/registered", `people/${options.alice}`]) {
    await page.goto(`${home}/${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    assert.equal(await page.getByRole("button", { name: forbidden }).count(), 0, `an auditor decides nothing at ${path}`);
  }
}

// The server keeps markup out of names; if one came all the same, it would be text.
async function hostile() {
  const page = await person(world);
  const name = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>\u202E';
  const change = (pattern, to) =>
    page.route(pattern, async (route) => {
      const answer = await (await route.fetch()).json();
      await route.fulfill({ json: to(answer) });
    });
  const items = (part) => (answer) => ({ ...answer, items: (answer.items.length > 0 ? answer.items : [{}]).map((item) => ({ ...item, ...part })) });
  const at = "2026-01-01T00:00:00Z";
  await change("**/seen-apps?*", items({ name, host: name }));
  await change("**/clients?*", items({ name, id: "x" }));
  await change("**/client-requests?*", items({ name, host: name, software: name, answersTo: name, person: { oid: options.alice, name }, firstAt: at, lastAt: at, times: 1 }));
  await change("**/connections?*", items({ id: "1", name, client: name, software: name, answersTo: name, madeAt: at, usedAt: at, person: { oid: options.alice, name, username: name, guest: true } }));
  const caller = { name, oid: options.alice, kind: "user", client: name, roles: [], authenticationContexts: [] };
  await page.route("**/decisions", (route) => route.fulfill({ json: { caller, groups: [{ id: "1", name, answer: "member", source: "graph", at, ageSeconds: 1 }] } }));
  await signIn(page, `${home}/people/apps`, options.carol);
  await page.getByRole("button", { name: /^Approve <img/ }).first().click();
  await page.getByRole("dialog").getByRole("heading", { name: /<img/ }).waitFor();
  await page.goto(`${home}/people/${options.alice}`);
  await page.getByRole("heading", { level: 1, name: /<img/ }).waitFor();
  assert.equal(await page.locator("img, #root script").count(), 0, "a name has become markup");
  noted.ran = await page.evaluate(() => "ran" in window);
}
