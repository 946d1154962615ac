// The owner has people erased from the log, one of them approved by another owner. An
// auditor sees it and changes nothing; an admin reads nothing of the log on the way.
import assert from "node:assert/strict";
import { asked, check, inThemes, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/o/${slug}`;
const root = `/api/organizations/${slug}`;
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
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

try {
  const carol = await person(world);
  await signIn(carol, `${home}/audit/erasures`, options.carol);
  await heading(carol, "Erasures");
  await alone(carol);
  await together(carol);
  await others();
} catch (error) {
  let n = 0;
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, `failed-erasing-${n++}`);
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

function requests(page, text) {
  return page.getByRole("table", { name: "Requests" }).getByRole("row").filter({ hasText: text });
}

/** Requests the erasure of a person by their object ID; of who is known here, a part of the name is enough. */
async function request(page, oid, names) {
  await page.getByRole("button", { name: "Request an erasure" }).click();
  const dialog = page.getByRole("dialog");
  const who = dialog.getByRole("combobox", { name: "Person" });
  await who.pressSequentially("dan");
  await page.getByRole("option", { name: /dan/i }).first().click();
  assert.match(await who.inputValue(), /dan/i);
  await who.fill(oid);
  await dialog.getByRole("textbox", { name: /^Names and addresses/ }).fill(names);
  await seen(page, "request an erasure");
  await dialog.getByRole("button", { name: "Request an erasure" }).click();
  await dialog.waitFor({ state: "detached" });
}

/** Approves what a row is about, having typed it wrongly first. */
async function approve(page, row, oid, names) {
  await row.getByRole("button", { name: /^Approve/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Object ID of the person, typed again").fill(options.carol);
  await dialog.getByLabel("Number of names, counted again").fill(String(names));
  const erase = dialog.getByRole("button", { name: "Erase for good" });
  await erase.click();
  await dialog.getByText("This is not the object ID of the person").waitFor();
  await seen(page, "approve an erasure");
  await dialog.getByLabel("Object ID of the person, typed again").fill(oid);
  await erase.click();
  await dialog.waitFor({ state: "detached" });
}

// Grace has left; only the log knows her. As the only owner approves, it would be done seven
// days later, and is withdrawn.
async function alone(page) {
  const { items } = await read(page, `/log/records?limit=50&text=${encodeURIComponent(options.gone)}`);
  const grace = items.find(({ fields }) => fields.actor_name === options.gone).fields.actor_oid;
  await request(page, grace, "");
  const row = requests(page, grace);
  await row.getByText("Waits for approval").waitFor();
  await approve(page, row, grace, 0);
  await row.getByText(/can be withdrawn until then/).waitFor();
  await inThemes(page, noted, options, "erasures");
  await row.getByRole("button", { name: /^Withdraw/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Withdraw" }).click();
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
  await row.waitFor({ state: "detached" });
}

// Judy is known because she had a role. Carol may not approve what she has requested
// while there is another owner; who is one does, and Judy is gone.
async function together(page) {
  const judy = crypto.randomUUID();
  const grant = async (role, oid, name) => {
    const [status, text] = await ask(page, "POST", "/role-grants", { role, grantee: { kind: "person", id: oid }, name });
    assert.equal(status, 201, text);
    return JSON.parse(text).id;
  };
  const grants = [await grant("viewer", judy, "Judy Juniper"), await grant("owner", options.alice, "Alice")];
  await request(page, judy, "Judy Juniper\njudy@contoso.example");
  const row = requests(page, "Waits for approval");
  await row.getByRole("button", { name: "Approve the erasure of Judy Juniper" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("You have requested this yourself.").waitFor();
  await dialog.getByLabel("Object ID of the person, typed again").fill(judy);
  await dialog.getByLabel("Number of names, counted again").fill("2");
  await dialog.getByRole("button", { name: "Erase for good" }).click();
  await dialog.getByText("who has asked for an erasure does not approve it", { exact: false }).waitFor();
  forgive(403);
  await dialog.getByRole("button", { name: "Cancel" }).click();

  const alice = await person(world);
  await signIn(alice, `${home}/audit/erasures`, options.alice);
  const hers = requests(alice, "Waits for approval");
  await hers.getByText("Also named: Judy Juniper, judy@contoso.example").waitFor();
  const erased = (await read(page, "/erasures")).items.filter((e) => e.state === "done").length;
  await approve(alice, hers, judy, 2);
  await alice.getByRole("table", { name: "Requests" }).getByText("Erased", { exact: true }).nth(erased).waitFor({ timeout: 60_000 });
  await check(alice, noted, "erased");
  const [last] = (await read(page, "/erasures")).items.filter((e) => e.state === "done").slice(-1);
  assert.equal(last.person, undefined, "nobody knows any more");
  assert.ok(last.fields > 0, "the grant of her role named her");
  await alice.context().close();
  for (const id of grants) assert.equal((await ask(page, "DELETE", `/role-grants/${id}`))[0], 204);
}

async function others() {
  const dan = await person(world);
  await signIn(dan, `${home}/audit/erasures`, options.dan);
  await dan.getByRole("table", { name: "Requests" }).waitFor();
  assert.deepEqual(await dan.getByRole("main").getByRole("button").allTextContents(), [], "an auditor changes nothing");
  const admin = await person(world);
  await admin.route("**/api/session", async (route) => {
    const answer = await (await route.fetch()).json();
    await route.fulfill({ json: { ...answer, organization: { ...answer.organization, role: "admin", roles: ["admin"] } } });
  });
  const named = [];
  admin.on("request", (asking) => {
    if (/\/log\/(counts|records)|\/access\?/.test(asking.url())) named.push(asking.url());
  });
  await signIn(admin, `${home}/audit/erasures`, options.carol);
  await admin.getByRole("button", { name: "Request an erasure" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Person" }).pressSequentially("a");
  await dialog.getByRole("textbox", { name: /^Names and addresses/ }).focus(); // the list of people closes
  await check(admin, noted, "request an erasure, for an admin");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  assert.deepEqual(named, [], "an admin reads nothing of the log");
}
