// An operator of the platform admits an organization, suspends and resumes it, looks at
// the queues, approves a slug and asks for support access; an owner of an organization
// finds that none of it is theirs.
import assert from "node:assert/strict";
import { asked, check, inThemes, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/operator`;
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

try {
  const olga = await person(world);
  await signIn(olga, home, options.operator);
  await admit(olga);
  await suspend(olga);
  await support(olga);
  await slugs(olga);
  await queues(olga);
  await health(olga);
  noted.kept.push(...(await olga.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])));
  const state = await olga.context().storageState();
  await phone(state);
  await hostile(state);
  await owner();
} catch (error) {
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, "failed");
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

async function go(page, name) {
  await page.getByRole("navigation", { name: "Platform" }).getByRole("link", { name }).click();
}

async function looks(page, name) {
  await inThemes(page, noted, options, `operator ${name}`);
}

/** Answers a dialog that asks why. */
async function why(page, title, action, reason) {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: title }).waitFor();
  await dialog.getByRole("button", { name: action }).click();
  await dialog.getByText("Say why.").waitFor();
  await check(page, noted, title);
  await picture(page, options, `operator-${action.toLowerCase()}-dialog`);
  await dialog.getByRole("textbox", { name: "Reason" }).fill(reason);
  await dialog.getByRole("button", { name: action }).click();
  await dialog.waitFor({ state: "detached" });
}

async function admit(page) {
  await heading(page, "Organizations");
  const queue = page.getByRole("table", { name: "Waiting for admission" });
  const row = queue.getByRole("row").filter({ hasText: slug });
  await row.waitFor();
  await looks(page, "organizations");
  await row.getByRole("button", { name: `Admit ${slug}` }).click();
  await why(page, `Admit ${slug}?`, "Admit", "a customer since Monday");
  await page.getByText(`${slug} is admitted`).first().waitFor(); // the toast, and what is read aloud
  await row.waitFor({ state: "detached" });
}

async function suspend(page) {
  const row = page.getByRole("table", { name: "All organizations" }).getByRole("row").filter({ hasText: slug });
  await row.getByText("Being set up").waitFor();
  await row.getByRole("button", { name: `Suspend ${slug}` }).click();
  await why(page, `Suspend ${slug}?`, "Suspend", "does not answer");
  await row.getByText("Waiting").waitFor();
  await row.getByRole("button", { name: `Admit ${slug}` }).click();
  await why(page, `Admit ${slug}?`, "Admit", "answers again");
  await row.getByText("Being set up").waitFor();
}

async function support(page) {
  await page.getByRole("table", { name: "All organizations" }).getByRole("button", { name: `Support access to ${slug}` }).click();
  const panel = page.getByRole("dialog");
  await panel.getByText("You have not asked yet").waitFor();
  assert.match(page.url(), new RegExp(`support=${slug}`), "the panel has an address");
  await panel.getByRole("textbox", { name: "Reason" }).fill("short");
  await panel.getByRole("button", { name: "Ask for access" }).click();
  await panel.getByText("Say it in ten characters or more.").waitFor();
  await panel.getByRole("textbox", { name: "Reason" }).fill("their sign-in page stays white");
  await panel.getByRole("button", { name: "Ask for access" }).click();
  const row = panel.getByRole("row").filter({ hasText: "their sign-in page stays white" });
  await row.getByText("Waits for an owner").waitFor();
  await check(page, noted, "support access");
  await picture(page, options, "operator-support");
  await panel.getByRole("button", { name: "Close" }).click();
  await panel.waitFor({ state: "detached" });
}

async function slugs(page) {
  await go(page, "Approved slugs");
  await heading(page, "Approved slugs");
  await page.getByRole("button", { name: "Approve a slug" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Slug" }).fill("Not A Slug");
  await dialog.getByRole("textbox", { name: "Directory (tenant) ID" }).fill("11111111-2222-4333-8444-555555555555");
  const refused = page.waitForResponse((r) => r.url().endsWith("/api/operator/slugs") && r.status() === 422);
  await dialog.getByRole("button", { name: "Approve a slug" }).click();
  await refused;
  await dialog.getByRole("alert").waitFor();
  noted.errors.splice(0, noted.errors.length, ...noted.errors.filter((text) => !text.includes("422"))); // the browser notes the refusal
  await check(page, noted, "approving a slug");
  await dialog.getByRole("textbox", { name: "Slug" }).fill("east-wind");
  await dialog.getByRole("button", { name: "Approve a slug" }).click();
  await dialog.waitFor({ state: "detached" });
  const row = page.getByRole("table", { name: "Approved slugs" }).getByRole("row").filter({ hasText: "east-wind" });
  await row.waitFor();
  await looks(page, "slugs");
  await row.getByRole("button", { name: "Take back east-wind" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Take back" }).click();
  await row.waitFor({ state: "detached" });
}

async function queues(page) {
  await go(page, "Queues");
  await heading(page, "Queues");
  const row = page.getByRole("table", { name: "Queues" }).getByRole("row").filter({ hasText: "Looks for what is due" });
  await row.waitFor(); // the worker sweeps every few seconds
  await looks(page, "queues");
  await row.getByRole("button", { name: /^Show .+ of sweep$/ }).click();
  const panel = page.getByRole("dialog");
  await panel.getByText("No archived task", { exact: true }).waitFor();
  await check(page, noted, "archived tasks");
  await picture(page, options, "operator-tasks-none");
  await panel.getByRole("button", { name: "Close" }).click();
  await panel.waitFor({ state: "detached" });
}

async function health(page) {
  await go(page, "Health");
  await heading(page, "Health");
  await page.getByText("Ready", { exact: true }).waitFor();
  await page.locator("dt", { hasText: "Active" }).waitFor();
  await looks(page, "health");
}

async function phone(storageState) {
  const page = await person(world, { viewport: { width: 390, height: 844 }, storageState });
  for (const [path, name] of [["", "Organizations"], ["/slugs", "Approved slugs"], ["/queues", "Queues"], ["/health", "Health"]]) {
    await page.goto(home + path);
    await heading(page, name);
    await page.waitForLoadState("networkidle");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${name} is wider than a phone`);
    await picture(page, options, `operator-phone${path.replace("/", "-")}`);
  }
}

// Tasks, their errors and names with markup and bidirectional marks are text.
async function hostile(storageState) {
  const page = await person(world, { storageState });
  const name = '<img src=x onerror="window.ran=1">\u202E';
  const task = { id: "t", kind: name, retried: 1, error: name, failedAt: "2026-01-01T00:00:00Z" };
  const asked = [];
  await page.route("**/api/operator/queues?*", (route) =>
    route.fulfill({ json: { items: [{ name, pending: 1, active: 0, scheduled: 0, retry: 0, archived: 1, oldestSeconds: 61, doneToday: 5, failedToday: 1 }] } }),
  );
  await page.route("**/api/operator/queues/*/tasks?*", (route) => route.fulfill({ json: { items: asked.length > 0 ? [] : [task] } }));
  await page.route("**/api/operator/queues/*/tasks/t/run", (route) => {
    asked.push(route.request().method());
    return route.fulfill({ status: 204 });
  });
  await page.goto(`${home}/queues`);
  await page.getByRole("button", { name: /^Show 1 archived task of <img/ }).click();
  const panel = page.getByRole("dialog");
  await panel.getByRole("button", { name: /^Delete <img/ }).click();
  await page.getByRole("alertdialog").getByRole("heading", { name: /^Delete the task <img/ }).waitFor();
  await check(page, noted, "deleting a task");
  await picture(page, options, "operator-tasks");
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel" }).click();
  await panel.getByRole("button", { name: /^Run <img/ }).click();
  await panel.getByText("No archived task", { exact: true }).waitFor();
  assert.deepEqual(asked, ["POST"], "the task is asked for once");
  assert.equal(await page.locator("img, td script").count(), 0, "a name has become markup");
  noted.ran = await page.evaluate(() => "ran" in window);
}

async function owner() {
  const page = await person(world);
  await signIn(page, home, options.carol);
  await page.getByRole("heading", { name: "This is for operators of the platform" }).waitFor();
  assert.equal(await page.getByRole("navigation").count(), 0, "there is nothing to go to");
  const status = await page.evaluate(async () => (await fetch("/api/operator/organizations")).status);
  assert.equal(status, 403, "the server says so, too");
  noted.errors.splice(0, noted.errors.length, ...noted.errors.filter((text) => !text.includes("403"))); // the browser notes that
  await check(page, noted, "not an operator");
  await picture(page, options, "operator-not-yours");
}
