// An owner decides who may use which tools: a role, a group that gets it, a refusal
// that is explained and mended, a loss that is seen before it is one.
import assert from "node:assert/strict";
import { asked, check, open, person, picture, signIn, theme } from "./lib.mjs";
import { namesFor, until } from "./mcp.mjs";

const options = await asked();
const { base, slug } = options;
const world = await open(options);
const { noted } = world;
const at = (page) => `${base}/o/${slug}/access/${page}`;
const api = (path) => `${base}/api/organizations/${slug}/${path}`;
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const role = "Note readers";
const group = "Auditors";

try {
  const carol = await person(world);
  await signIn(carol, at("roles"), options.carol);
  assert.ok(!(await namesFor(options)).includes("notes_search"), "he has it before anything was done");
  await createRole(carol);
  await matrix(carol, "Nothing", "Allow");
  await consent(carol);
  await mapGroupByKeyboard(carol);
  await until(async () => (await namesFor(options)).includes("notes_search"), "the group's member does not see the tool");
  await explainAndMend(carol);
  await matrix(carol, "Allow", "Allow");
  await until(async () => (await namesFor(options)).includes("notes_create"), "what was mended is not so for AI apps");
  await conflict(carol);
  await loseAndUndo(carol);
  await maximum(carol);
  noted.kept.push(...(await carol.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])));
  await phone(await carol.context().storageState());
  await auditor();
  await hostile(await carol.context().storageState());
} catch (error) {
  let n = 0;
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, `access-failed-${n++}`);
  throw error;
} finally {
  await world.browser.close();
}
// What was provoked on purpose: the directory before consent, and a change that came too late.
noted.errors = noted.errors.filter((error) => !/status of 403 .*\/groups\?search=|status of 412 .*\/roles\//.test(error));
console.log(JSON.stringify(noted));

async function inBothThemes(page, name) {
  for (const one of ["Light", "Dark"]) {
    await theme(page, one);
    await check(page, noted, `${name}, ${one}`);
    await picture(page, options, `${name.replaceAll(" ", "-")}-${one.toLowerCase()}`);
  }
  await theme(page, "Light");
}

async function dialogInBothThemes(page, name) {
  for (const scheme of ["gatehouse.theme=light", "gatehouse.theme=dark"]) {
    const [key, value] = scheme.split("=");
    await page.evaluate(([k, v]) => localStorage.setItem(k, v), [key, value]);
    await page.emulateMedia({ colorScheme: value }); // the theme is read again when the system's changes
    await check(page, noted, `${name}, ${value}`);
    await picture(page, options, `${name.replaceAll(" ", "-")}-${value}`);
  }
  await page.evaluate(() => localStorage.setItem("gatehouse.theme", "light"));
  await page.emulateMedia({ colorScheme: "light" });
}

async function save(page, dialog) {
  await dialog.getByRole("button", { name: "Review changes" }).click();
  await dialog.getByRole("heading", { name: "Who could use more or less" }).waitFor();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
}

async function createRole(page) {
  await heading(page, "Tool roles");
  await page.getByRole("table", { name: "Tool roles" }).waitFor();
  await inBothThemes(page, "tool roles");
  await page.getByRole("button", { name: "New tool role" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Review changes" }).click();
  await dialog.getByText("Give the role a name.").waitFor();
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill(role);
  await dialog.getByRole("textbox", { name: "Tools", exact: true }).fill("notes_search");
  await dialog.getByText("Matches 1 thing: notes_search").waitFor();
  await dialog.getByRole("button", { name: "Add permission" }).click();
  const second = dialog.getByRole("group", { name: "Permission 2" });
  await second.getByRole("radio", { name: "Deny" }).check();
  await second.getByRole("textbox", { name: "Tools", exact: true }).fill("tickets_close");
  await second.getByRole("button", { name: "Add condition" }).click();
  await second.getByRole("textbox", { name: "Argument", exact: true }).fill("priority");
  await second.getByRole("combobox", { name: "Comparison" }).selectOption({ label: "is one of" });
  await second.getByRole("textbox", { name: "Value", exact: true }).fill("high, 1");
  await dialogInBothThemes(page, "role dialog");
  await save(page, dialog);
  await page.getByText(`${role} is saved`, { exact: true }).waitFor();
  const row = page.getByRole("table", { name: "Tool roles" }).getByRole("row").filter({ hasText: role });
  await row.getByText("if priority is one of high, 1").waitFor();
  const roles = await (await page.request.get(api("roles"))).json();
  const saved = roles.items.find((one) => one.name === role);
  assert.equal(saved.permissions[1].condition, 'args.priority in ["high", 1]');
}

async function matrix(page, create, search) {
  await page.goto(at("matrix"));
  await heading(page, "Roles and tools");
  const grid = page.getByRole("grid", { name: "Roles and tools" });
  await grid.getByRole("button", { name: `${role}, notes_search: ${search}` }).waitFor();
  await grid.getByRole("button", { name: `${role}, notes_create: ${create}` }).waitFor();
  if (create === "Allow") return;
  await inBothThemes(page, "matrix");
  await grid.locator('[tabindex="0"]').focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowDown");
  assert.match(await page.evaluate(() => document.activeElement?.getAttribute("data-at") ?? ""), /^1 [1-9]/, "the arrow keys do not move");
  await grid.getByRole("button", { name: `${role}, notes_search: Allow` }).focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog");
  await panel.getByText("Permission 1 decides").waitFor();
  await check(page, noted, "cell of the matrix");
  await picture(page, options, "matrix-cell");
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
}

// Until somebody agrees, the picker says what to do, and an object ID does.
async function consent(page) {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Assignments" }).click();
  await heading(page, "Assignments");
  await page.getByRole("button", { name: "Add assignment" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Group" }).pressSequentially(group.slice(0, 4));
  await dialog.getByText("The directory cannot be searched yet").waitFor();
  await dialogInBothThemes(page, "group picker without consent");
  const [tab] = await Promise.all([page.context().waitForEvent("page"), dialog.getByRole("link", { name: "Let Gatehouse search as me" }).click()]);
  await tab.getByRole("button", { name: "Accept" }).click();
  await tab.waitForURL(/\/access\/assignments/);
  await tab.close();
  await dialog.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("option", { name: group }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
}

async function tabTo(page, locator) {
  for (let n = 0; n < 60; n++) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${locator}`);
}

async function mapGroupByKeyboard(page) {
  await page.goto(at("assignments"));
  const add = page.getByRole("button", { name: "Add assignment" });
  await add.waitFor();
  await tabTo(page, add);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  const box = dialog.getByRole("combobox", { name: "Group" });
  await box.waitFor();
  await tabTo(page, box);
  await page.keyboard.type(group.slice(0, 5), { delay: 20 });
  await page.getByRole("option", { name: group }).waitFor();
  await picture(page, options, "group-picker");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await dialog.getByText(/object ID [0-9a-f-]{36}/).waitFor();
  assert.equal(await box.inputValue(), group);
  await tabTo(page, dialog.getByRole("combobox", { name: "Tool role" }));
  await page.keyboard.type(role);
  await tabTo(page, dialog.getByRole("button", { name: "Review changes" }));
  await page.keyboard.press("Enter");
  await dialog.getByText(/cannot tell of [1-9]\d* (person|people)/).waitFor(); // nobody has asked about the group yet
  await dialogInBothThemes(page, "what if a group is mapped");
  await tabTo(page, dialog.getByRole("button", { name: "Save" }));
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  const row = page.getByRole("table", { name: "Group mappings" }).getByRole("row").filter({ hasText: group }).filter({ hasText: role });
  await row.waitFor();
  await page.getByRole("button", { name: "Look up group names" }).click();
  await page.getByText(/^Every group exists\.$/).waitFor();
  await page.reload();
  await row.getByText(group).waitFor();
  await inBothThemes(page, "assignments");
}

async function explain(page) {
  await page.getByRole("button", { name: "Explain", exact: true }).click();
}

async function explainAndMend(page) {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Access explorer" }).click();
  await heading(page, "Access explorer");
  await page.getByText("Ask a question").waitFor();
  const who = page.getByRole("combobox", { name: "Person" });
  await who.pressSequentially("dan");
  await page.getByRole("option", { name: new RegExp(options.person) }).click();
  await page.getByRole("combobox", { name: "AI app" }).pressSequentially("Visual");
  await page.getByRole("option", { name: /Visual Studio Code/ }).click();
  await page.getByRole("combobox", { name: "Tool" }).pressSequentially("notes_cr");
  await page.getByRole("option", { name: "notes_create" }).click();
  await explain(page);
  await page.getByText("Refused: the tool is hidden").waitFor();
  const groups = page.getByRole("table", { name: "Groups that decide" });
  await groups.getByRole("row").filter({ hasText: group }).filter({ hasText: "Yes" }).filter({ hasText: "Microsoft Graph" }).waitFor();
  await inBothThemes(page, "explorer refused");
  const address = page.url();
  const fixes = page.getByRole("list", { name: "What would change it" });
  await fixes.getByRole("button", { name: "Assign engineering" }).waitFor();
  await fixes.getByRole("button", { name: `Edit ${role}` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("group", { name: "Permission 1" }).getByRole("textbox", { name: "Tools", exact: true }).fill("notes_search\nnotes_create");
  await dialog.getByRole("button", { name: "Review changes" }).click();
  await dialog.getByText(/[1-9]\d* (person gains|people gain)/).waitFor();
  const gains = dialog.getByRole("list", { name: /^Gains/ });
  await gains.getByText(options.person).waitFor();
  await gains.getByText(/notes_create/).first().waitFor();
  await dialogInBothThemes(page, "what if a role is edited");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Allowed", { exact: true }).waitFor();
  await page.reload();
  await page.getByText("Allowed", { exact: true }).waitFor();
  await inBothThemes(page, "explorer allowed");
  const colleague = await person(world, { storageState: await page.context().storageState() });
  await colleague.goto(address); // the address has the question
  await colleague.getByText("Allowed", { exact: true }).waitFor();
  await colleague.context().close();
}

async function conflict(page) {
  await page.goto(at("roles"));
  await page.getByRole("button", { name: `Edit ${role}` }).click();
  const dialog = page.getByRole("dialog");
  const patterns = dialog.getByRole("group", { name: "Permission 1" }).getByRole("textbox", { name: "Tools", exact: true });
  await patterns.fill("notes_search\nnotes_create\nwhoami");
  const { items } = await (await page.request.get(api("roles"))).json();
  const { id, ...before } = items.find((one) => one.name === role);
  const tag = (await page.request.get(api(`roles/${id}`))).headers().etag;
  before.permissions[0].patterns = ["notes_search", "notes_create", "roll_dice"];
  const put = await page.request.put(api(`roles/${id}`), { headers: { "If-Match": tag, "Sec-Fetch-Site": "same-origin", Origin: base }, data: before });
  assert.equal(put.status(), 200, await put.text());
  await dialog.getByRole("button", { name: "Review changes" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText(`${role} was changed meanwhile`).waitFor();
  await dialog.getByText(/roll_dice/).first().waitFor();
  await check(page, noted, "conflict");
  await picture(page, options, "conflict");
  await dialog.getByRole("button", { name: "Back" }).click();
  assert.equal(await patterns.inputValue(), "notes_search\nnotes_create\nwhoami", "what was typed is lost");
  await save(page, dialog);
  const now = await (await page.request.get(api(`roles/${id}`))).json();
  assert.deepEqual(now.permissions[0].patterns, ["notes_search", "notes_create", "whoami"]);
}

async function loseAndUndo(page) {
  await page.goto(at("assignments"));
  const table = page.getByRole("table", { name: "Group mappings" });
  const row = table.getByRole("row").filter({ hasText: group }).filter({ hasText: role });
  await row.getByRole("button", { name: `Remove ${group} from ${role}` }).click();
  const dialog = page.getByRole("alertdialog");
  const losses = dialog.getByRole("list", { name: /^Loses/ });
  await losses.getByText(options.person).waitFor();
  await losses.getByText(/notes_search/).waitFor();
  await dialogInBothThemes(page, "what if an assignment is removed");
  assert.ok((await namesFor(options)).includes("notes_search"), "looking has taken something away");
  await dialog.getByRole("button", { name: "Remove" }).click();
  await row.waitFor({ state: "detached" });
  await until(async () => !(await namesFor(options)).includes("notes_search"), "what was removed is still there");
  await page.getByRole("button", { name: "Undo" }).click();
  await row.waitFor();
  await until(async () => (await namesFor(options)).includes("notes_search"), "Undo does not bring it back");
}

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
  await dialogInBothThemes(page, "maximum dialog");
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
  await inBothThemes(page, "maximum");
  await scopes.getByRole("button", { name: "Lift the maximum of notes.read" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Lift" }).click();
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
    await page.getByText(path.startsWith("explorer") ? "Groups that decide" : /notes_\*|Note readers/).first().waitFor();
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
    await page.getByText(/notes_\*|Note readers/).first().waitFor();
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
  await poison("**/groups?*", ({ items }) => items.forEach((one) => Object.assign(one, { name: one.name + name })));
  await poison("**/decisions", (d) => Object.assign(d, { reasons: [name, name], remarks: [name], groups: d.groups.map((g) => ({ ...g, name })) }));
  for (const path of ["roles", "matrix", "assignments", "maximum", `explorer?person=${options.bob}&client=${options.client}&tool=notes_search`]) {
    await page.goto(at(path));
    await page.getByText("<img").first().waitFor();
    assert.equal(await page.locator("main img, main script").count(), 0, `a name has become markup: ${path}`);
  }
  await page.goto(at("assignments"));
  await page.getByRole("button", { name: "Add assignment" }).click();
  await page.getByRole("combobox", { name: "Group" }).pressSequentially(group.slice(0, 4));
  await page.getByRole("listbox").getByRole("option", { name: /<img/ }).first().waitFor();
  assert.equal(await page.locator("[role=listbox] img").count(), 0, "a group's name has become markup");
  noted.ran = await page.evaluate(() => "ran" in window);
}
