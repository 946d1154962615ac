// An owner deletes an organization and restores it. Meanwhile its endpoint is not there,
// and the console shows to each of its people what is left: the way back, or whom to ask.
import assert from "node:assert/strict";
import { asked, check, inThemes, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug, name } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/o/${slug}`;
const heading = (page, text) => page.getByRole("heading", { level: 1, name: text }).waitFor();
const told = (page, text) => page.getByText(text).first().waitFor(); // it is read aloud, too
const grace = 30 * 86_400_000;

try {
  const page = await person(world);
  await signIn(page, `${home}/settings`, options.owner);
  await heading(page, "Settings");
  const serving = await knock();
  assert.equal(serving, 200, "the endpoint serves");
  await erase(page);
  await meanwhile(page);
  await others();
  await restore(page);
  await resume(page, serving);
  noted.kept.push(...(await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])));
} catch (error) {
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, "failed-deletion");
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

/** The status that an AI app with a good token gets at the endpoint. */
async function knock() {
  const params = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientInfo": { name: "journey", version: "1" }, "io.modelcontextprotocol/clientCapabilities": {} } };
  const headers = {
    Authorization: `Bearer ${options.token}`,
    "Content-Type": "application/json",
    Accept: "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/list",
  };
  const answer = await fetch(options.endpoint, { method: "POST", headers, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params }) });
  return answer.status;
}

async function until(wanted) {
  const end = Date.now() + 20_000;
  let status = await knock();
  while (status !== wanted) {
    assert.ok(Date.now() < end, `the endpoint answers ${status}, and not ${wanted}`);
    await new Promise((r) => setTimeout(r, 200));
    status = await knock();
  }
}

async function erase(page) {
  await page.getByRole("button", { name: "Delete organization" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("heading", { name: `Delete ${name}?` }).waitFor();
  await question.getByText("An owner can restore it within thirty days").waitFor();
  const confirm = question.getByRole("button", { name: "Delete organization" });
  const word = question.getByLabel(`To confirm, type ${name}`);
  for (const other of ["", slug, `${name} `]) {
    await word.fill(other);
    assert.equal(await confirm.getAttribute("aria-disabled"), "true", `"${other}" does not do`);
    await confirm.dispatchEvent("click");
  }
  assert.equal(await knock(), 200, "nothing was deleted without the name");
  await word.fill(name);
  await check(page, noted, "deleting, with its name");
  await confirm.click();
  await told(page, `${name} is deleted`);
  await question.waitFor({ state: "detached" });
  await until(404);
}

/** What an owner sees while it can be restored. */
async function meanwhile(page) {
  await page.getByText("This organization was deleted. An owner can restore it within thirty days.").waitFor();
  const fact = (label) => page.locator("dt", { hasText: label }).locator("xpath=following-sibling::dd[1]");
  const day = (time) => new Intl.DateTimeFormat("en-US", { dateStyle: "long" }).format(time);
  const { deletedAt, state } = await page.evaluate(async (org) => (await fetch(`/api/organizations/${org}`)).json(), slug);
  assert.equal(state, "deleted");
  assert.match(await fact("Can be restored until").textContent(), new RegExp(day(Date.parse(deletedAt) + grace)));
  assert.deepEqual(await page.getByRole("navigation", { name: "Settings" }).getByRole("link").allTextContents(), ["General"]);
  assert.equal(await page.getByRole("button", { name: "Edit organization" }).count(), 0, "what is deleted is not edited");
  await inThemes(page, noted, options, "settings of what was deleted");
  for (const path of ["", "/tools", "/access/roles", "/people/apps", "/audit", "/settings/roles", "/setup", "/me"]) {
    await page.goto(`${home}${path}`);
    await heading(page, `${name} was deleted`);
    assert.equal(await page.getByRole("main").getByRole("alert").count(), 0, `${path} shows a failure`);
    const links = await page.getByRole("navigation", { name: "Main" }).getByRole("link").allTextContents();
    assert.deepEqual(links, ["Settings", "Management API"], `${path} leads to what is not there`);
  }
  await check(page, noted, "a page of what was deleted");
  await picture(page, options, "deleted");
}

// An auditor sees that it was deleted and restores nothing; who has no role reads whom to ask.
async function others() {
  const auditor = await person(world);
  await signIn(auditor, `${home}/settings`, options.auditor);
  await auditor.getByText("Can be restored until").waitFor();
  assert.deepEqual(await auditor.getByRole("main").getByRole("button").allTextContents(), [], "an auditor restores nothing");
  const refused = await auditor.evaluate(async (org) => {
    const tag = (await fetch(`/api/organizations/${org}`)).headers.get("ETag");
    return (await fetch(`/api/organizations/${org}/restore`, { method: "POST", headers: { "If-Match": tag } })).status;
  }, slug);
  assert.equal(refused, 403);
  noted.errors = noted.errors.filter((text) => !/status of 403 .*\/restore$/.test(text)); // the refusal that was wanted
  await auditor.context().close();
  const user = await person(world);
  await signIn(user, `${home}/me`, options.user);
  await heading(user, `${name} was deleted`);
  await user.getByText("an owner of the organization can restore it").waitFor();
  assert.equal(await user.getByRole("main").getByRole("link").count(), 0, "there is nothing to go to");
  await check(user, noted, "deleted, for somebody without a role");
  await user.context().close();
}

async function restore(page) {
  await page.getByRole("main").getByRole("link", { name: "Go to Settings" }).click();
  await page.waitForURL(`${home}/settings`);
  await page.getByRole("button", { name: "Restore" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("heading", { name: `Restore ${name}?` }).waitFor();
  await check(page, noted, "restoring");
  await question.getByRole("button", { name: "Cancel" }).click();
  await question.waitFor({ state: "detached" });
  assert.equal(await knock(), 404, "canceling restores nothing");
  await page.getByRole("button", { name: "Restore" }).click();
  await question.getByRole("button", { name: "Restore" }).click();
  await told(page, `${name} is restored`);
  await page.getByText("This organization is suspended").waitFor();
  await until(403);
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Admins and auditors" }).waitFor();
}

/** The owner has looked, and it serves again: the same app with the same token. */
async function resume(page, serving) {
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Resume" }).click();
  await told(page, `${name} serves again`);
  await until(serving);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Overview" }).click();
  await heading(page, "Overview");
}
