// Maximum permissions of an AI app and of a scope; and how the pages about access are
// on a phone, to an auditor, and with names that want to be more than names.
import assert from "node:assert/strict";
import { looks } from "./accesslib.mjs";
import { asked, check, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug } = options;
const world = await open(options);
const { noted } = world;
const { pageInThemes, dialogInThemes, save } = looks(noted, options);
const at = (page) => `${base}/o/${slug}/access/${page}`;
const api = (path) => `${base}/api/organizations/${slug}/${path}`;
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const shown = /^(notes_search|whoami|engineering|notes_\*)$|Everything its people may/; // of what is on each page

try {
  const carol = await person(world);
  await signIn(carol, at("maximum"), options.carol);
  await maximum(carol);
  noted.kept.push(...(await carol.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])));
  await phone(await carol.context().storageState());
  await auditor();
  await hostile(await carol.context().storageState());
} catch (error) {
  let n = 0;
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, `accesspages-failed-${n++}`);
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

async function maximum(page) {
  const app = "Ledger assistant";
  const made = await page.request.post(api("clients"), { headers: { "Sec-Fetch-Site": "same-origin", Origin: base }, data: { id: "https://ledger.example/client.json", name: app } });
  assert.equal(made.status(), 201, await made.text());
  await page.goto(at("maximum"));
  await heading(page, "Maximum permissions");
  const apps = page.getByRole("table", { name: "AI apps" });
  await apps.getByRole("row").filter({ hasText: app }).getByText("Everything its people may").waitFor();
  await apps.getByRole("button", { name: `Change the maximum of ${app}` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "At most these tools" }).check();
  await dialog.getByRole("textbox", { name: "Tools", exact: true }).fill("notes_*");
  await dialogInThemes(page, "maximum dialog");
  await save(page, dialog);
  await apps.getByRole("row").filter({ hasText: app }).getByText("notes_*").waitFor();
  await page.getByRole("button", { name: "Limit a scope" }).click();
  await dialog.getByRole("textbox", { name: "Scope" }).fill("notes.read");
  await dialog.getByRole("textbox", { name: "Tools", exact: true }).fill("notes_search");
  await save(page, dialog);
  const scopes = page.getByRole("table", { name: "Scopes" });
  await scopes.getByRole("row").filter({ hasText: "notes.read" }).waitFor();
  await page.reload();
  await scopes.waitFor();
  await pageInThemes(page, "maximum");
  await scopes.getByRole("button", { name: "Lift the maximum of notes.read" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Lift" }).click();
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
  await scopes.waitFor({ state: "detached" });
  const { items } = await (await page.request.get(api("clients"))).json();
  assert.deepEqual(items.find((one) => one.name === app).maximumPermissions, { patterns: ["notes_*"] });
}

async function phone(storageState) {
  const page = await person(world, { viewport: { width: 390, height: 844 }, storageState });
  const question = `?person=${options.dan}&client=${options.client}&tool=notes_search`;
  const pages = { roles: "Tool roles", matrix: "Roles and tools", assignments: "Assignments", maximum: "Maximum permissions", [`explorer${question}`]: "Access explorer" };
  for (const [path, title] of Object.entries(pages)) {
    await page.goto(at(path));
    await heading(page, title);
    await page.getByText(path.startsWith("explorer") ? "Groups that decide" : shown).first().waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${title} is wider than a phone`);
    await check(page, noted, `${title}, phone`);
    await picture(page, options, `${title.toLowerCase().replaceAll(" ", "-")}-phone`);
  }
}

async function auditor() {
  const page = await person(world);
  await signIn(page, at("roles"), options.dan);
  for (const [path, title] of Object.entries({ roles: "Tool roles", matrix: "Roles and tools", assignments: "Assignments", maximum: "Maximum permissions" })) {
    await page.goto(at(path));
    await heading(page, title);
    await page.getByText(shown).first().waitFor();
    const controls = page.getByRole("main").getByRole("button", { name: /^(New|Add|Edit|Delete|Remove|Assign|Change|Lift|Limit|Look up)/ });
    assert.equal(await controls.count(), 0, `an auditor changes nothing: ${title}`);
  }
  await page.goto(at(`roles?role=new`));
  await page.getByRole("table", { name: "Tool roles" }).waitFor();
  assert.equal(await page.getByRole("dialog").count(), 0, "an address opens an editor that is not theirs");
  await page.goto(at(`explorer?person=${options.bob}&client=${options.client}&tool=notes_search`));
  await page.getByText("Refused: the tool is hidden").waitFor();
  assert.equal(await page.getByRole("list", { name: "What would change it" }).count(), 0, "an auditor mends nothing");
}

// The server keeps markup out of names; if some came all the same, it would be text.
async function hostile(storageState) {
  const page = await person(world, { storageState });
  const name = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>\u202E';
  const poison = async (pattern, spoil) =>
    page.route(pattern, async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      spoil(answer);
      await route.fulfill({ response, json: answer });
    });
  await poison("**/roles?*", ({ items }) => items.forEach((one) => Object.assign(one, { name: one.name + name, permissions: [{ effect: "allow", patterns: [name], condition: name }, ...one.permissions] })));
  await poison("**/assignments?*", ({ items }) => items.forEach((one) => Object.assign(one, { name })));
  await poison("**/clients?*", ({ items }) => items.forEach((one) => Object.assign(one, { name, maximumPermissions: { patterns: [name] } })));
  await poison("**/tools?*", ({ items }) => items.push({ ...items[0], name }));
  await page.route("**/groups?*", (route) => route.fulfill({ json: { items: [{ id: options.bob, name, kind: "security", dynamic: false, roleAssignable: false, synced: false }] } }));
  await poison("**/decisions", (d) => Object.assign(d, { reasons: [name, name], remarks: [name], groups: d.groups.map((g) => ({ ...g, name })) }));
  for (const path of ["roles", "matrix", "assignments", "maximum", `explorer?person=${options.bob}&client=${options.client}&tool=notes_search`]) {
    await page.goto(at(path));
    await page.getByText("<img").first().waitFor();
    assert.equal(await page.locator("main img, main script").count(), 0, `a name has become markup: ${path}`);
  }
  await page.goto(at("assignments"));
  await page.getByRole("button", { name: "Add assignment" }).click();
  await page.getByRole("combobox", { name: "Group" }).pressSequentially("Fin");
  await page.getByRole("listbox").getByRole("option", { name: /<img/ }).first().waitFor();
  assert.equal(await page.locator("[role=listbox] img").count(), 0, "a group's name has become markup");
  noted.ran = await page.evaluate(() => "ran" in window);
}
