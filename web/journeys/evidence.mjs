// The owner places a hold and tests a sink; the auditor has an export brought there,
// and looks through many records; who is neither sees nothing of the log.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { asked, check, inThemes, manyRecords, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug, dir } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/o/${slug}`;
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const table = (page) => page.getByRole("table", { name: "Audit log" });
const rows = (page) => table(page).getByRole("row");
const goTo = async (page, name) => {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true }).click();
};
async function looks(page, name) {
  await inThemes(page, noted, options, name);
}
const measured = {};
const sinkName = `audit-${Date.now().toString(36)}`;

try {
  const dan = await person(world);
  await signIn(dan, home, options.dan);
  const carol = await person(world);
  await signIn(carol, home, options.carol);
  await sinks(carol, dan);
  await holds(carol, dan);
  await toSink(dan);
  await phone(await dan.context().storageState());
  await manyRows();
  for (const role of ["admin", "viewer"]) await notTheirs(role);
} catch (error) {
  let n = 0;
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, `failed-evidence-${n++}`);
  throw error;
} finally {
  await world.browser.close();
}
if (dir) writeFileSync(`${dir}/measured.json`, JSON.stringify(measured));
console.log(JSON.stringify(noted));

async function sinks(page, dan) {
  const headers = { Origin: base };
  const answer = await page.request.post(`${base}/api/organizations/${slug}/sinks`, {
    headers,
    data: { name: sinkName, kind: "storage", url: "https://archive.blob.core.windows.net/gatehouse", checkpoints: true, records: true },
  });
  assert.equal(answer.status(), 201, await answer.text());
  const secret = await page.request.put(`${base}/api/organizations/${slug}/sinks/${sinkName}/credential`, { headers: { ...headers, "If-Match": answer.headers().etag }, data: { secret: "sv=2024&sp=cw&sig=abc" } });
  assert.ok(secret.ok(), await secret.text());
  await goTo(page, "Evidence and retention");
  await heading(page, "Evidence and retention");
  const row = page.getByRole("table", { name: "Sinks" }).getByRole("row").filter({ hasText: sinkName });
  await row.getByRole("button", { name: `Test ${sinkName}` }).click();
  await page.getByText(`${sinkName} has not taken the test`, { exact: true }).waitFor();
  await goTo(dan, "Evidence and retention");
  await heading(dan, "Evidence and retention");
  await dan.getByRole("table", { name: "Sinks" }).getByRole("row").filter({ hasText: sinkName }).waitFor();
  for (const name of [/^Test/, /^Edit/, /^Remove/, "Add a sink", /hold/, "Withdraw"]) assert.equal(await dan.getByRole("main").getByRole("button", { name }).count(), 0, `an auditor has no ${name}`);
}

async function holds(page, dan) {
  const reason = `Contoso ./. Fabrikam ${sinkName}`;
  await page.getByRole("button", { name: "Place a hold" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Place a hold" }).click();
  await dialog.getByText("Give a reason.").waitFor();
  await dialog.getByRole("textbox", { name: "Reason" }).fill(reason);
  await dialog.getByLabel("From month").fill("2026-01");
  await check(page, noted, "place a hold");
  await dialog.getByRole("button", { name: "Place a hold" }).click();
  await dialog.waitFor({ state: "detached" });
  const row = page.getByRole("table", { name: "Legal hold" }).getByRole("row").filter({ hasText: reason });
  await row.waitFor();
  const found = async () => (await (await page.request.get(`${base}/api/organizations/${slug}/holds`)).json()).items.find((hold) => hold.reason === reason);
  assert.equal((await found()).from, "2026-01");
  await looks(page, "audit-evidence");
  await dan.reload();
  await dan.getByText(reason).waitFor();
  assert.equal(await dan.getByRole("button", { name: /^Withdraw/ }).count(), 0, "an auditor withdraws nothing");
  await row.getByRole("button", { name: /^Withdraw/ }).click();
  await dialog.getByRole("heading", { name: `Withdraw the hold “${reason}”?` }).waitFor();
  await dialog.getByRole("textbox", { name: "Reason" }).fill("settled");
  await dialog.getByRole("button", { name: "Withdraw" }).click();
  await dialog.waitFor({ state: "detached" }); // behind it, nothing has a role
  await row.waitFor({ state: "detached" }); // whoever has just placed it ends it at once
  assert.equal(await found(), undefined);
}

async function toSink(page) {
  await goTo(page, "Audit log");
  await rows(page).nth(1).waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Bring it to" }).selectOption(sinkName);
  await dialog.getByRole("button", { name: "Export" }).click();
  await page.getByText("The export is under way").waitFor();
  await page.getByRole("dialog").getByRole("link", { name: "Exports" }).click();
  await heading(page, "Exports");
  const row = page.getByRole("table", { name: "Exports to sinks" }).getByRole("row").filter({ hasText: sinkName });
  await row.getByText("Under way").waitFor();
  await page.getByRole("button", { name: "Add a schedule" }).click();
  await dialog.getByRole("textbox", { name: "Name" }).fill(sinkName);
  await dialog.getByRole("combobox", { name: "Sink" }).selectOption(sinkName);
  await check(page, noted, "add a schedule");
  await dialog.getByRole("button", { name: "Add a schedule" }).click();
  const schedule = page.getByRole("table", { name: "Schedules" }).getByRole("row").filter({ hasText: sinkName });
  await schedule.waitFor();
  await looks(page, "audit-exports");
  await page.reload();
  await row.getByRole("button", { name: /^Cancel/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel" }).first().click();
  await row.getByText("Canceled").waitFor();
  await schedule.getByRole("button", { name: /^Cancel/ }).click();
  await page.getByRole("alertdialog").getByRole("heading", { name: `Cancel the schedule ${sinkName}?` }).waitFor();
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel" }).first().click();
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
  await schedule.waitFor({ state: "detached" });
}

async function phone(storageState) {
  const page = await person(world, { viewport: { width: 390, height: 844 }, storageState });
  for (const [path, name] of [["?view=calls", "Audit log"], ["/verify", "Verify a file"], ["/access-report", "Access report"], ["/exports", "Exports"], ["/evidence", "Evidence and retention"], ["/erasures", "Erasures"]]) {
    await page.goto(`${home}/audit${path}`);
    await heading(page, name);
    if (name === "Audit log") await rows(page).nth(2).waitFor();
    else await page.waitForLoadState("networkidle");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${name} is wider than a phone`);
    await picture(page, options, `phone-${name.toLowerCase().replaceAll(" ", "-")}`);
  }
  await check(page, noted, "evidence, phone");
}

async function manyRows() {
  const page = await person(world);
  await manyRecords(page, 10_000);
  await signIn(page, home, options.dan);
  await goTo(page, "Audit log");
  await rows(page).nth(5).waitFor();
  const list = table(page).getByRole("rowgroup").nth(1);
  const began = Date.now();
  for (;;) {
    const text = await page.getByRole("status").filter({ hasText: /records?( so far)?$/ }).textContent();
    if (text === "10,000 records") break;
    assert.ok(Date.now() - began < 60_000, `after a minute there are ${text}`);
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.waitForTimeout(30);
  }
  measured.loadAllMs = Date.now() - began;
  assert.equal(await table(page).getAttribute("aria-rowcount"), "10001");
  assert.ok((await rows(page).count()) < 60, "only what can be seen is drawn");
  measured.frameMs = await list.evaluate(async (element) => {
    const frames = [];
    for (let i = 0; i < 60; i++) {
      const before = performance.now();
      element.scrollTo(0, (element.scrollHeight * ((i * 37) % 60)) / 60);
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      frames.push(performance.now() - before);
    }
    return frames.sort((a, b) => a - b)[30];
  });
  await list.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
  const row = table(page).getByRole("row").nth(10);
  const clicked = Date.now();
  await row.click();
  await page.getByRole("dialog").getByText("Why?").waitFor();
  measured.openMs = Date.now() - clicked;
  await picture(page, options, "audit-many");
  await page.keyboard.press("Escape");
}

async function notTheirs(role) {
  const page = await person(world);
  await page.route("**/api/session", async (route) => {
    const answer = await (await route.fetch()).json();
    await route.fulfill({ json: { ...answer, organization: { ...answer.organization, role, roles: [role] } } });
  });
  await signIn(page, home, options.dan);
  await heading(page, "Overview");
  assert.equal(await page.getByRole("link", { name: /Audit log|Exports|Verify|Access report/ }).count(), 0, `${role} is led to no record`);
  const read = [];
  page.on("request", (request) => {
    if (/\/log(\/|$)|access\/reports/.test(request.url())) read.push(request.url());
  });
  for (const path of ["", "/exports", "/verify", "/access-report"]) {
    await page.goto(`${home}/audit${path}`);
    await heading(page, "The log is for auditors");
  }
  assert.deepEqual(read, [], `${role} asks for nothing of the log`);
  await check(page, noted, `not for ${role}`);
}
