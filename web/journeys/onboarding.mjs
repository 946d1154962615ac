// An administrator whose directory nobody has registered goes from sign-in to the first
// call: with an app registration of its own or with the shared app, by mouse or by
// keyboard alone. With the own app a setting is broken afterwards, and mended.
import assert from "node:assert/strict";
import { drawing, frame } from "./drawing.mjs";
import { press as byKeyboard, tabTo, watchPointers, withoutPointers } from "./keys.mjs";
import { asked, check, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, model, oid } = options;
const world = await open(options);
const { noted } = world;
const setup = `${base}/o/adatum/setup`;
const at = (step) => (url) => url.href === `${setup}?step=${step}`;
const heading = (page, name) => page.getByRole("heading", { level: 2, name, exact: true }).waitFor();
const hands = model === "shared" ? byKeyboard : byMouse;

try {
  const page = await person(world, frame(options));
  if (model === "shared") await watchPointers(page, noted);
  await register(page);
  await permissions(page);
  if (model === "own") await ownApp(page);
  else await sharedApp(page);
  await mapping(page);
  await checkpoints(page);
  await serve(page);
  await call(page);
  if (model === "shared") await withoutPointers(page, noted);
  if (model === "own") {
    await afterwards(page);
    await doctor(page);
    await hostile();
    await phone();
  }
  noted.kept.push(...(await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])));
} catch (error) {
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, "failed");
  throw error;
} finally {
  await world.browser.close();
}
// Two refusals are part of the way, each until the person allows Gatehouse to ask as them; browsers note them.
noted.errors = noted.errors.filter((error) => !/status of 403 .*\/organizations\/adatum\/(registration|groups\?search=S\w*&limit=20)$/.test(error));
console.log(JSON.stringify(noted));

/** Presses what has a role and a name. */
async function press(page, role, name, exact = true) {
  await hands(page, page.getByRole(role, { name, exact }));
}

async function byMouse(page, element) {
  await element.click();
}

async function type(page, element, text) {
  if (hands === byKeyboard) {
    await element.waitFor();
    await tabTo(page, element);
    await page.keyboard.type(text);
  } else {
    await element.pressSequentially(text);
  }
}

/** Looks at a page in the themes that the test asks for, as the system has them: there is no menu yet. */
async function look(page, name) {
  if (model === "shared") return; // the keyboard's walk is on the same pages
  for (const word of options.looks.map((one) => one.toLowerCase()).filter((one) => one === "light" || one === "dark")) {
    await page.emulateMedia({ colorScheme: word });
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.evaluate(async () => {
      for (let i = 0; i < 2; i++) await new Promise((next) => requestAnimationFrame(next)); // the other colors are drawn
      await Promise.allSettled(document.getAnimations().map((one) => one.finished));
    });
    await check(page, noted, `${name}, ${word}`);
    await picture(page, options, `setup-${name}-${word}`);
    await drawing(page, noted, options, `setup-${name}`, word);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** From the page where a sign-in ends, to the organization. */
async function register(page) {
  await page.goto(`${base}/`);
  await press(page, "link", "Sign in with Microsoft");
  await entra(page, (url) => url.href === `${base}/`);
  await page.getByText("Nobody has registered this directory.").waitFor();
  await press(page, "link", "Register this directory");
  await page.getByRole("heading", { level: 1, name: "Register your directory" }).waitFor();
  assert.equal(await page.getByLabel("Name in URLs").inputValue(), "adatum", "the name is taken from the sign-in");
  await look(page, "register");
  await press(page, "button", "Register");
  await page.waitForURL(at("permissions"));
}

/** At Entra: picks the account and accepts, where that is asked for, until back. */
async function entra(page, back) {
  await page.waitForURL((url) => url.origin === new URL(options.entra).origin);
  const button = page.locator(`button[value="${oid}"]`).or(page.getByRole("button", { name: "Accept" })).first();
  while (!back(new URL(page.url()))) {
    await Promise.any([page.waitForURL(back), button.waitFor()]);
    if (back(new URL(page.url()))) return;
    await Promise.all([page.waitForEvent("framenavigated"), hands(page, button)]);
  }
}

async function permissions(page) {
  await heading(page, "See what is asked for");
  for (const name of ["openid", "User.Read", "GroupMember.Read.All", "offline_access"]) await page.getByRole("table").getByText(name, { exact: true }).waitFor();
  await hands(page, page.getByRole("button", { name: /Somebody else administers/ }));
  await page.getByRole("region", { name: "Message" }).or(page.getByRole("group", { name: "Message" })).getByText("/auth/sign-in?tenant=").waitFor();
  await look(page, "permissions");
  if (model === "shared") {
    const own = page.getByRole("radio", { name: /One of your own/ });
    await tabTo(page, own);
    await page.keyboard.press("ArrowDown");
    assert.ok(await page.getByRole("radio", { name: /The shared app/ }).isChecked(), "the arrows choose");
  }
  await press(page, "button", "Use this app registration");
}

async function ownApp(page) {
  await heading(page, "Choose an app registration");
  await page.getByText("Register the app", { exact: true }).waitFor();
  await look(page, "portal");
  await press(page, "tab", "Commands and templates");
  for (const tool of ["PowerShell", "Bicep", "Terraform", "Azure CLI"]) {
    await press(page, "tab", tool);
    await page.getByRole("group", { name: tool }).getByText("adatum").first().waitFor();
  }
  await look(page, "commands");
  await press(page, "textbox", "Application (client) ID", false);
  await page.keyboard.type("not an id");
  await press(page, "button", "Connect");
  await page.getByText(/^An ID has 32 digits/).waitFor();
  await press(page, "tab", "Create it for me");
  await look(page, "create");
  await press(page, "button", "Create the app registration");
  await press(page, "link", "Sign in and allow it");
  await entra(page, (url) => url.href === `${setup}?step=connection&way=create`);
  await press(page, "button", "Create the app registration");
  await page.waitForURL(at("doctor"));
  await allowed(page, "doctor");
  await page.getByText("1 finding", { exact: true }).waitFor(); // nobody gets checkpoints yet
  await look(page, "doctor");
  await press(page, "button", "Continue");
}

async function sharedApp(page) {
  await page.waitForURL(at("consent"));
  await press(page, "button", "Consent on Microsoft's page");
  await entra(page, at("doctor"));
  await page.getByRole("list", { name: "Not looked at" }).or(page.getByText("Nothing is wrong")).or(page.getByRole("list", { name: "Findings" })).first().waitFor();
  await press(page, "button", "Continue");
}

/** Lets Gatehouse look as the person, and comes back to the step. */
async function allowed(page, step) {
  await press(page, "link", "Sign in and allow it");
  await entra(page, at(step));
}

async function mapping(page) {
  await page.waitForURL(at("first_mapping"));
  const group = page.getByRole("combobox", { name: "Group" });
  await type(page, group, "Sta");
  await allowed(page, "first_mapping");
  await type(page, group, "Sta");
  await page.getByRole("option", { name: "Staff" }).waitFor();
  await look(page, "mapping");
  if (hands === byKeyboard) {
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
  } else {
    await page.getByRole("option", { name: "Staff" }).click();
  }
  assert.equal(await group.inputValue(), "Staff");
  assert.ok(await page.getByRole("checkbox", { name: /^whoami/ }).isChecked());
  await press(page, "button", "Give the group these tools");
}

async function checkpoints(page) {
  await page.waitForURL(at("checkpoints"));
  assert.equal(await page.getByLabel("Mailbox").inputValue(), "ada@adatum.example");
  await look(page, "checkpoints");
  await press(page, "button", model === "own" ? "Send checkpoints there" : "Not now");
}

async function serve(page) {
  await page.waitForURL(at("done"));
  await look(page, "serve");
  await press(page, "button", "Start serving");
}

async function call(page) {
  await page.waitForURL(at("first_call"));
  await press(page, "button", "Call whoami");
  await page.getByText("It works", { exact: true }).waitFor();
  await page.getByRole("group", { name: "Answer" }).getByText("Ada Adatum").first().waitFor();
  assert.equal(await page.getByLabel("Endpoint URL").inputValue(), `${base}/t/adatum/mcp`);
  await look(page, "first-call");
  await hands(page, page.getByRole("main").getByRole("link", { name: "How to connect an AI app", exact: true }));
  await page.waitForURL(`${base}/t/adatum/mcp`);
}

/** Each step has an address, and says later what is true then. */
async function afterwards(page) {
  await page.goto(`${setup}?step=consent`);
  await page.getByText(/^A token was obtained in your directory/).waitFor();
  assert.equal(await page.getByRole("navigation", { name: "Steps" }).getByText("Done", { exact: true }).count(), 10);
  await page.goto(setup);
  await page.waitForURL(at("first_call"));
}

/** Somebody breaks a setting in Entra; it is shown with its fix, mended, and gone. */
async function doctor(page) {
  await page.goto(`${setup}?step=doctor`);
  await page.getByText("Nothing is wrong").waitFor();
  await inEntra({ groupMembershipClaims: "None" });
  await press(page, "button", "Check again");
  const finding = page.getByRole("list", { name: "Findings" }).getByRole("listitem").filter({ hasText: "Token configuration" });
  const fix = finding.getByLabel("Fix with the Azure CLI").first();
  await fix.getByText("groupMembershipClaims").first().waitFor();
  await look(page, "finding");
  await inEntra({ groupMembershipClaims: "SecurityGroup" });
  await page.evaluate(() => window.dispatchEvent(new Event("visibilitychange"))); // back from the other window
  await page.getByText("Nothing is wrong").waitFor();
  assert.equal(await finding.count(), 0, "what is mended is gone");
}

/** Changes the app registration as its administrator. */
async function inEntra(patch) {
  const form = new URLSearchParams({ grant_type: "password", client_id: options.cli, scope: "https://graph.microsoft.com/Application.ReadWrite.All", username: options.username, password: options.password });
  const { access_token: token } = await (await fetch(`${options.entra}/${options.tid}/oauth2/v2.0/token`, { method: "POST", body: form })).json();
  assert.ok(token, "the administrator has a token");
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const all = await (await fetch(`${options.graph}/v1.0/applications`, { headers })).json();
  assert.equal(all.value.length, 1, "one app registration was made");
  const patched = await fetch(`${options.graph}/v1.0/applications/${all.value[0].id}`, { method: "PATCH", headers, body: JSON.stringify(patch) });
  assert.equal(patched.status, 204);
}

// What comes from the directory is text, whatever it is.
async function hostile() {
  const page = await person(world);
  const name = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>\u202E';
  await page.route("**/api/organizations/adatum/**", async (route) => {
    const answer = await route.fetch();
    if (!/onboarding$|doctor$|groups\?|\/setup$/.test(route.request().url())) return route.fulfill({ response: answer });
    const text = JSON.stringify(await answer.json(), (key, value) => (typeof value === "string" && /^(title|detail|explanation|text|name|setting|why)$/.test(key) ? name : value));
    await route.fulfill({ status: answer.status(), contentType: "application/json", body: text });
  });
  await signIn(page, `${setup}?step=doctor`, oid);
  await page.getByRole("heading", { level: 2, name: /<img/ }).waitFor();
  await page.goto(`${setup}?step=connection`);
  await page.getByRole("tabpanel").getByText(/<img/).first().waitFor();
  assert.equal(await page.locator("img, main script").count(), 0, "a name has become markup");
  noted.ran = await page.evaluate(() => "ran" in window);
  await page.context().close();
}

async function phone() {
  const page = await person(world, { viewport: { width: 390, height: 844 } });
  await signIn(page, `${setup}?step=connection`, oid);
  await page.getByText("Register the app", { exact: true }).waitFor();
  for (const step of ["connection", "permissions", "doctor", "first_call"]) {
    await page.goto(`${setup}?step=${step}`);
    await page.getByRole("heading", { level: 2 }).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${step} does not fit a phone`);
    await picture(page, options, `setup-${step}-phone`);
  }
  await check(page, noted, "phone");
}
