// Two walks by keyboard alone. An owner makes a tool role, maps a group to it and sees it
// in the matrix; an owner revokes an AI app, and an auditor looks for that in the log.
import assert from "node:assert/strict";
import { asked, check, open, person, picture } from "./lib.mjs";
import { consent, press, signInByKeys, stays, tabTo, watchPointers, withoutPointers, write } from "./keys.mjs";

const options = await asked();
const { base, slug } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/o/${slug}`;
const heading = (page, name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
const link = (page, name) => page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true });
const walks = { map, revoke };

try {
  const page = await person(world);
  await watchPointers(page, noted);
  await walks[options.part](page);
} catch (error) {
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, `failed-keyboard-${options.part}`);
  throw error;
} finally {
  await world.browser.close();
}
noted.errors = noted.errors.filter((error) => !/status of 403 .*\/groups\?search=/.test(error)); // until the owner lets Gatehouse search as her
console.log(JSON.stringify(noted));

async function goTo(page, name) {
  await press(page, link(page, name));
  await heading(page, name);
}

async function map(page) {
  const role = options.role;
  const group = "Project 001";
  await signInByKeys(page, home, options.carol);
  await heading(page, "Overview");
  await goTo(page, "Roles and tools");
  const grid = page.getByRole("grid", { name: "Roles and tools" });
  const cell = grid.getByRole("button", { name: `${role}, greeting_card: Allow` });
  await grid.waitFor();
  assert.equal(await cell.count(), 0, "the matrix has the role before it is made");
  await makeRole(page, role);
  await goTo(page, "Assignments");
  const add = page.getByRole("button", { name: "Add assignment" });
  await press(page, add);
  const dialog = page.getByRole("dialog");
  await findGroup(page, dialog, group);
  await tabTo(page, dialog.getByRole("combobox", { name: "Tool role" }));
  await page.keyboard.type(role);
  await press(page, dialog.getByRole("button", { name: "Review changes" }));
  await dialog.getByRole("heading", { name: "Who could use more or less" }).waitFor();
  await press(page, dialog.getByRole("button", { name: "Back" }));
  await stays(page, "going back");
  await press(page, dialog.getByRole("button", { name: "Review changes" }));
  await dialog.getByRole("heading", { name: "Who could use more or less" }).waitFor();
  await check(page, noted, "what if, by keyboard");
  await press(page, dialog.getByRole("button", { name: "Save" }));
  await dialog.waitFor({ state: "detached" });
  await stays(page, "saving", add);
  await page.getByRole("table", { name: "Group mappings" }).getByRole("row").filter({ hasText: group }).filter({ hasText: role }).waitFor();
  await goTo(page, "Roles and tools");
  await matrix(page, grid, cell);
  await withoutPointers(page, noted);
}

async function makeRole(page, role) {
  await goTo(page, "Tool roles");
  const add = page.getByRole("button", { name: "New tool role" });
  await press(page, add);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await stays(page, "Escape", add);
  await page.keyboard.press("Enter");
  await write(page, dialog.getByRole("textbox", { name: "Name", exact: true }), role);
  await write(page, dialog.getByRole("textbox", { name: "Tools", exact: true }), "greeting_card");
  await press(page, dialog.getByRole("button", { name: "Review changes" }));
  await dialog.getByRole("heading", { name: "Who could use more or less" }).waitFor();
  await press(page, dialog.getByRole("button", { name: "Save" }));
  await dialog.waitFor({ state: "detached" });
  await stays(page, "saving", add);
}

// The directory is searched as whoever looks; they agree to that once, in another tab.
async function findGroup(page, dialog, group) {
  const box = dialog.getByRole("combobox", { name: "Group" });
  await write(page, box, group);
  const option = page.getByRole("option", { name: group });
  const agree = dialog.getByRole("link", { name: "Let Gatehouse search as me" });
  await option.or(agree).first().waitFor();
  if (await agree.isVisible()) {
    const opened = page.context().waitForEvent("page");
    await press(page, agree);
    const tab = await opened;
    await consent(tab, options.carol, (url) => url.href.includes("/access/assignments"));
    await tab.close();
    await press(page, dialog.getByRole("button", { name: "Try again" }));
    await stays(page, "trying again", box);
  }
  await option.waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await dialog.getByText(/object ID [0-9a-f-]{36}/).waitFor();
  assert.equal(await box.inputValue(), group);
}

/** Arrows go from cell to cell; Enter opens one, Escape comes back to it. */
async function matrix(page, grid, cell) {
  await cell.waitFor();
  await tabTo(page, grid.locator('[tabindex="0"]'));
  const wanted = (await cell.getAttribute("data-at")).split(" ").map(Number);
  for (let n = 0; n < 300; n++) {
    const at = await page.evaluate(() => document.activeElement?.getAttribute("data-at")?.split(" ").map(Number) ?? []);
    assert.equal(at.length, 2, "the arrows leave the matrix");
    if (at[0] === wanted[0] && at[1] === wanted[1]) break;
    const down = at[0] !== wanted[0];
    const forth = down ? at[0] < wanted[0] : at[1] < wanted[1];
    await page.keyboard.press(down ? (forth ? "ArrowDown" : "ArrowUp") : forth ? "ArrowRight" : "ArrowLeft");
  }
  await stays(page, "the arrows", cell);
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog");
  await panel.getByText("Permission 1 decides").waitFor();
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await stays(page, "Escape", cell);
}

async function revoke(page) {
  await signInByKeys(page, home, options.carol);
  await heading(page, "Overview");
  await goTo(page, "Connections");
  await write(page, page.getByRole("searchbox", { name: "Search connections" }).or(page.getByRole("searchbox")).first(), options.app);
  const button = page.getByRole("button", { name: new RegExp(`^Revoke ${options.app} for`) });
  await press(page, button);
  const dialog = page.getByRole("alertdialog");
  await dialog.getByRole("heading", { name: new RegExp(`^Revoke ${options.app} for .+\\?$`) }).waitFor();
  await page.keyboard.press("Escape");
  if (await dialog.isVisible()) await press(page, dialog.getByRole("button", { name: "Cancel" }));
  await dialog.waitFor({ state: "detached" });
  await stays(page, "canceling", button);
  await page.keyboard.press("Enter");
  await press(page, dialog.getByRole("button", { name: "Revoke" }));
  await button.waitFor({ state: "detached" });
  await dialog.waitFor({ state: "detached" });
  await stays(page, "revoking");
  await withoutPointers(page, noted);
  await page.context().close();
  const dan = await person(world);
  await watchPointers(dan, noted);
  await lookItUp(dan);
  await withoutPointers(dan, noted);
}

/** The auditor narrows the log to revocations, and opens the newest. */
async function lookItUp(page) {
  await signInByKeys(page, home, options.dan);
  await heading(page, "Overview");
  await goTo(page, "Audit log");
  await tabTo(page, page.getByRole("tab", { selected: true }));
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.waitForURL(/view=changes/);
  const rows = page.getByRole("table", { name: "Audit log" }).getByRole("row");
  const search = page.getByRole("searchbox");
  await write(page, search, "nobody has done this");
  await page.keyboard.press("Enter");
  await page.waitForURL(/text=/);
  await page.getByText("Nothing matches").waitFor();
  await stays(page, "searching", search);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Backspace");
  await page.waitForURL((url) => !url.search.includes("text="));
  await press(page, page.getByRole("button", { name: "More filters" }));
  await press(page, page.getByRole("combobox", { name: "Activity" }));
  await page.keyboard.type("Revo", { delay: 20 });
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.waitForURL(/kind=.*revocation/);
  await rows.nth(1).filter({ hasText: "Revocation" }).waitFor();
  const first = rows.nth(1).getByRole("button");
  await press(page, first);
  const panel = page.getByRole("dialog");
  await panel.getByText("Why?").waitFor();
  await check(page, noted, "record, by keyboard");
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await stays(page, "Escape", first);
  await page.keyboard.press("ArrowDown");
  await stays(page, "an arrow");
}
