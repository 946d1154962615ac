// The owner adds sinks, changes and removes them; shortens how long the log is kept, and
// takes that back. An auditor sees all of it and changes nothing; an admin changes what
// admins may.
import assert from "node:assert/strict";
import { asked, check, inThemes, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug, name: organization } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/o/${slug}`;
const root = `/api/organizations/${slug}`;
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const told = (page, text) => page.getByText(text).first().waitFor(); // it is read aloud, too
const read = (page, path) => page.evaluate(async (url) => (await fetch(url)).json(), root + path);
/** Asks the management API as whoever looks at the page, with the tag of what is changed. */
const ask = (page, method, path, body) =>
  page.evaluate(
    async ([verb, url, text]) => {
      const headers = { "Content-Type": "application/json" };
      if (verb === "PUT" || verb === "DELETE") headers["If-Match"] = (await fetch(url)).headers.get("ETag");
      const answer = await fetch(url, { method: verb, headers, body: text });
      return [answer.status, await answer.text()];
    },
    [method, root + path, body && JSON.stringify(body)],
  );
/** Holds a dialog to axe, and writes a picture of it. */
const seen = async (page, name) => {
  await check(page, noted, name);
  await picture(page, options, name.replaceAll(" ", "-"));
};
const forgive = (status) => {
  noted.errors = noted.errors.filter((text) => !text.includes(`status of ${status} `)); // it was wanted
};
const stamp = Date.now().toString(36);

try {
  const carol = await person(world);
  await signIn(carol, `${home}/audit/evidence`, options.carol);
  await heading(carol, "Evidence and retention");
  await webhook(carol);
  await store(carol);
  await retention(carol);
  await others();
} catch (error) {
  let n = 0;
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, `failed-keeping-${n++}`);
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

function sinkRow(page, name) {
  return page.getByRole("table", { name: "Sinks" }).getByRole("row").filter({ hasText: name });
}

// Its secret is shown once. Somebody else is faster than a change of it, which keeps what was typed.
async function webhook(page) {
  const name = `hook-${stamp}`;
  await page.getByRole("button", { name: "Add a sink" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("combobox", { name: "Kind" }).selectOption("webhook");
  await dialog.getByRole("textbox", { name: "URL" }).fill("https://hooks.example/gatehouse");
  await dialog.getByRole("checkbox", { name: "Records" }).check();
  await dialog.getByRole("combobox", { name: "Format of records" }).selectOption("ocsf");
  await seen(page, "add a sink");
  await dialog.getByRole("button", { name: "Add a sink" }).click();
  const secret = page.getByRole("alertdialog");
  await secret.getByRole("heading", { name: `Secret of ${name}` }).waitFor();
  const first = await secret.getByLabel("Secret").inputValue();
  assert.match(first, /^whsec_/);
  await check(page, noted, "the secret of a sink");
  await secret.getByRole("button", { name: "Close" }).click();
  const row = sinkRow(page, name);
  await row.getByText("Records, as OCSF").waitFor();

  await row.getByRole("button", { name: `Make a new secret for ${name}` }).click();
  await secret.getByRole("button", { name: "New secret" }).click();
  await secret.getByRole("heading", { name: `Secret of ${name}` }).waitFor();
  assert.notEqual(await secret.getByLabel("Secret").inputValue(), first);
  await secret.getByRole("button", { name: "Close" }).click();

  await row.getByRole("button", { name: `Edit ${name}` }).click();
  await dialog.getByRole("spinbutton", { name: "Minutes between checkpoints" }).fill("30");
  const sent = { kind: "webhook", url: "https://hooks.example/gatehouse", records: true, format: "ocsf", everySeconds: 7200 };
  assert.equal((await ask(page, "PUT", `/sinks/${name}`, sent))[0], 200);
  const fresh = page.waitForResponse((response) => response.url().endsWith(`/sinks/${name}`) && response.request().method() === "GET");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Somebody else changed this meanwhile").waitFor();
  await fresh;
  forgive(412);
  assert.equal(await dialog.getByRole("spinbutton", { name: "Minutes between checkpoints" }).inputValue(), "30", "what was typed stays");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await row.getByText("Checkpoints every 30 minutes").waitFor();
  await remove(page, name);
}

// It can take nothing before it has its secret, which is asked for next.
async function store(page) {
  const name = `store-${stamp}`;
  await page.getByRole("button", { name: "Add a sink" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("combobox", { name: "Kind" }).selectOption("storage");
  await dialog.getByRole("textbox", { name: "URL of the container or bucket" }).fill("https://archive.blob.core.windows.net/gatehouse");
  await dialog.getByRole("button", { name: "Add a sink" }).click();
  await dialog.getByRole("heading", { name: `Give ${name} its secret` }).waitFor();
  await check(page, noted, "the secret of a store");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  const row = sinkRow(page, name);
  await row.getByText("Has no secret yet", { exact: true }).waitFor();
  await row.getByRole("button", { name: `Give ${name} its secret` }).click();
  await dialog.getByLabel("Shared access signature").fill("sv=2024&sp=c&sig=abc");
  await dialog.getByRole("button", { name: "Give secret" }).click();
  await row.getByText("Has no secret yet", { exact: true }).waitFor({ state: "detached" });
  await row.getByRole("button", { name: `Test ${name}` }).click();
  await told(page, `${name} has not taken the test`);
  await inThemes(page, noted, options, "sinks");
  await remove(page, name);
}

async function remove(page, name) {
  await sinkRow(page, name).getByRole("button", { name: `Remove ${name}` }).click();
  const question = page.getByRole("alertdialog");
  await question.getByLabel(`To confirm, type ${name}`).fill(name);
  await check(page, noted, "removing a sink");
  await question.getByRole("button", { name: "Remove sink" }).click();
  await question.waitFor({ state: "detached" });
  await sinkRow(page, name).waitFor({ state: "detached" });
}

async function retention(page) {
  const before = (await read(page, "")).log;
  await page.getByRole("button", { name: "Edit retention" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("spinbutton", { name: "Months before" }).fill("1");
  await dialog.getByText(/On .* the records before .* are removed for good/).waitFor();
  await dialog.getByText(/that are there now (is|are) that old\./).waitFor();
  const save = dialog.getByRole("button", { name: "Save" });
  await save.click();
  await dialog.getByText(`Type ${organization}, as it is written.`).waitFor();
  await seen(page, "shorten the retention");
  await dialog.getByLabel(`To confirm, type ${organization}`).fill(organization);
  await save.click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("The log will be kept for a shorter time").waitFor();
  const { log } = await read(page, "");
  assert.equal(log.retentionMonths, 1);
  assert.equal(log.shortened.effectiveMonths, before.retentionMonths);
  await inThemes(page, noted, options, "a shorter retention waits");
  await page.getByRole("button", { name: `Keep ${before.retentionMonths} months` }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("heading", { name: `Take back the shortening for ${organization}?` }).waitFor();
  await question.getByRole("button", { name: "Keep the log longer" }).click();
  await question.waitFor({ state: "detached" });
  await page.getByText("The log will be kept for a shorter time").waitFor({ state: "detached" });
  const now = (await read(page, "")).log;
  assert.deepEqual([now.retentionMonths, now.shortened], [before.retentionMonths, undefined]);
}

async function others() {
  const dan = await person(world);
  await signIn(dan, `${home}/audit/evidence`, options.dan);
  await dan.getByRole("heading", { level: 2, name: "Legal hold" }).waitFor();
  const buttons = await dan.getByRole("main").getByRole("button").allTextContents();
  assert.deepEqual(buttons.filter((text) => text !== "Copy"), [], "an auditor changes nothing");
  const admin = await person(world);
  await admin.route("**/api/session", async (route) => {
    const answer = await (await route.fetch()).json();
    await route.fulfill({ json: { ...answer, organization: { ...answer.organization, role: "admin", roles: ["admin"] } } });
  });
  const counted = [];
  admin.on("request", (asking) => {
    if (/\/log\/(counts|records)/.test(asking.url())) counted.push(asking.url());
  });
  await signIn(admin, `${home}/audit/evidence`, options.carol);
  await admin.getByRole("button", { name: "Add a sink" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Kind" }).selectOption("webhook");
  assert.ok(await dialog.getByRole("checkbox", { name: "Records" }).isDisabled(), "an admin has records brought to nobody new");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await admin.getByRole("button", { name: "Edit retention" }).click();
  await dialog.getByRole("spinbutton", { name: "Months before" }).fill("1");
  await dialog.getByText("How many of them are that old, an owner sees here", { exact: false }).waitFor();
  await check(admin, noted, "retention, for an admin");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  assert.equal(await admin.getByRole("button", { name: "Place a hold" }).count(), 0, "an admin holds nothing");
  assert.deepEqual(counted, [], "an admin reads nothing of the log");
}
