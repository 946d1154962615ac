// An owner looks at the overview and revokes a connection; an auditor and somebody
// without a role see what is theirs.
import assert from "node:assert/strict";
import { asked, check, inThemes, open, person, picture, signIn, theme } from "./lib.mjs";

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
  await revoke(carol);
  noted.kept.push(...(await carol.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])));
  await phone(await carol.context().storageState());
  await auditor();
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
  const calls = page.locator("dt", { hasText: "Tool calls" }).locator("xpath=following-sibling::dd[1]");
  await calls.filter({ hasText: /^[1-9][\d,]*$/ }).waitFor(); // the demo has a month of history
  await page.getByRole("img", { name: /tool calls and/ }).waitFor();
  await page.getByRole("heading", { name: "Needs attention" }).waitFor();
  await page.getByLabel("Endpoint URL").waitFor();
  await inThemes(page, noted, options, "overview");
}

async function revoke(page) {
  await theme(page, "Light");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Connections" }).click();
  await heading(page, "Connections");
  const table = page.getByRole("table", { name: "Connections" });
  await table.waitFor();
  await inThemes(page, noted, options, "connections");
  const rows = await table.getByRole("row").count();
  const row = table.getByRole("row").filter({ hasText: options.person }).filter({ has: page.getByRole("button", { name: /^Revoke Claude for/ }) });
  await row.getByRole("button", { name: /^Revoke Claude for/ }).click();
  const dialog = page.getByRole("alertdialog");
  await dialog.getByRole("heading", { name: /^Revoke Claude for .+\?$/ }).waitFor();
  await check(page, noted, "revoking");
  await picture(page, options, "revoke");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  await row.waitFor();
  assert.equal(await table.getByRole("row").count(), rows, "canceling revokes nothing");
  await row.getByRole("button", { name: /^Revoke/ }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await page.getByText(/^Claude no longer acts for [^.]+$/).waitFor();
  await row.waitFor({ state: "detached" });
  await page.waitForFunction(() => {
    const toast = document.querySelector(".fui-ToastContainer"); // it fades in
    return toast && getComputedStyle(toast).opacity === "1" && toast.getBoundingClientRect().height > 20;
  });
  await picture(page, options, "revoked");
  assert.equal(await table.getByRole("row").count(), rows - 1, "one row is gone");
}

async function phone(storageState) {
  const page = await person(world, { viewport: { width: 390, height: 844 }, storageState });
  await page.goto(home);
  await heading(page, "Overview");
  await page.getByRole("img", { name: /tool calls and/ }).waitFor();
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
  await page.getByRole("img", { name: /tool calls and/ }).waitFor();
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
