// An auditor finds a refused call and why it was refused, narrows the time, exports,
// verifies the file in the page, and asks who could use a tool.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { asked, check, inThemes, open, person, picture, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug, dir } = options;
const world = await open(options);
const { noted } = world;
const home = `${base}/o/${slug}`;
const log = `${base}/api/organizations/${slug}/log`;
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const table = (page) => page.getByRole("table", { name: "Audit log" });
const rows = (page) => table(page).getByRole("row");
const goTo = async (page, name) => {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true }).click();
};
async function looks(page, name) {
  await inThemes(page, noted, options, name);
}

try {
  const dan = await person(world);
  await signIn(dan, home, options.dan);
  const held = (await (await dan.request.get(log)).json()).checkpoint;
  await find(dan);
  await brush(dan);
  const file = await exported(dan, Number(held.split("\n")[1]));
  await verify(dan, file, held);
  await report(dan);
  await hostile();
} catch (error) {
  let n = 0;
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, `failed-audit-${n++}`);
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

async function find(page) {
  await goTo(page, "Audit log");
  await heading(page, "Audit log");
  await rows(page).nth(3).waitFor();
  await page.getByRole("tab", { name: "Changes" }).click();
  await page.waitForURL(/view=changes/);
  await rows(page).nth(3).waitFor();
  await picture(page, options, "audit-changes");
  await page.getByRole("tab", { name: "Tool calls" }).click();
  await page.waitForURL(/view=calls/);
  await rows(page).filter({ hasText: "Tool call" }).first().waitFor();
  await page.getByRole("img", { name: /records between/ }).waitFor();
  await looks(page, "audit-calls");
  await page.getByRole("combobox", { name: "Outcome" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Refused" }).click();
  await page.keyboard.press("Escape");
  await page.waitForURL(/outcome=/);
  await page.getByRole("button", { name: "More filters" }).click();
  await page.getByRole("combobox", { name: "Tool", exact: true }).fill("roll_dice");
  await page.keyboard.press("Tab");
  await page.waitForURL(/tool=roll_dice/);
  await rows(page).filter({ hasText: "Refused" }).first().waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('[role=row] [role=cell]:nth-child(3)')].every((cell) => cell.textContent.includes("roll_dice")));
  assert.equal(await rows(page).filter({ hasText: "Success" }).count(), 0, "the filter holds");
  await rows(page).filter({ hasText: "Refused" }).first().getByRole("button").click();
  const panel = page.getByRole("dialog");
  await panel.getByText("No tool role that they held gives this tool").waitFor();
  await panel.getByText(/^Tool roles held: /).or(panel.getByText("No tool role was held.")).waitFor();
  const id = new URL(page.url()).searchParams.get("record");
  const record = await (await page.request.get(`${log}/records/${id}`)).json();
  assert.equal(record.fields.reason, "unknown_tool");
  assert.equal(record.fields.tool, "roll_dice");
  await check(page, noted, "record");
  await picture(page, options, "audit-record");
  const downloads = page.waitForEvent("download");
  await panel.getByRole("link", { name: "Download receipt" }).click();
  const receipt = readFileSync(await (await downloads).path());
  assert.match(receipt.toString(), /^\{"before":/, "the receipt is evidence");
  await page.reload();
  await panel.getByText("No tool role that they held gives this tool").waitFor();
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  assert.equal(new URL(page.url()).searchParams.get("record"), null);
  await rows(page).filter({ hasText: "Refused" }).first().getByRole("button").focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => document.activeElement?.closest("[role=row]")?.getAttribute("aria-rowindex") === "3");
  await page.keyboard.press("Enter");
  await panel.waitFor();
  await check(page, noted, "record, Light");
  await picture(page, options, "audit-record-light");
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.waitForURL((url) => !url.search.includes("tool="));
}

async function brush(page) {
  const chart = page.getByRole("group", { name: "Activity over time" });
  await rows(page).filter({ hasText: "Success" }).first().waitFor();
  const end = page.getByRole("slider", { name: "End of the narrowed time" });
  await end.focus();
  await page.keyboard.press("PageDown");
  await page.getByRole("button", { name: /^Show .+ – .+/ }).waitFor();
  await check(page, noted, "brushed");
  await page.keyboard.press("Enter");
  await page.waitForURL(/span=custom/);
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes("custom"));
  await page.getByRole("img", { name: /records between/ }).waitFor();
  await rows(page).nth(1).waitFor();
  const box = await chart.boundingBox();
  await page.mouse.move(box.x + box.width * 0.42, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
  await page.mouse.move(box.x + box.width * 0.6, box.y + 40);
  await picture(page, options, "audit-brushing-light");
  await page.mouse.up();
  await page.waitForURL(/span=custom/);
  const asked = new URL(page.url()).searchParams;
  const [from, to] = ["from", "to"].map((name) => Date.parse(asked.get(name).replaceAll('"', "")));
  assert.ok(to - from >= 4 * 864e5 && to - from <= 9 * 864e5, `the time is narrowed to ${from}–${to}`);
  await rows(page).nth(1).waitFor();
  await looks(page, "audit-narrowed");
}

async function exported(page, size) {
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/Completeness is proven: of every record in the range/).waitFor();
  await dialog.getByRole("radio", { name: /^Not proven/ }).click();
  await dialog.getByText(/^completeness: not proven/).waitFor();
  await check(page, noted, "export");
  await dialog.getByRole("radio", { name: /^Proven/ }).click();
  await dialog.getByRole("textbox", { name: "Checkpoint that you hold" }).fill(String(size));
  await picture(page, options, "audit-export");
  const downloads = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Export" }).click();
  const bytes = readFileSync(await (await downloads).path());
  await page.getByText("The download has begun").waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  return bytes;
}

async function verify(page, file, held) {
  await goTo(page, "Verify a file");
  await heading(page, "Verify a file");
  await page.getByRole("button", { name: "Verify", exact: true }).click();
  await page.getByText("Choose a file first.").waitFor();
  const give = async (name, buffer) => {
    await page.locator('input[type="file"]').first().setInputFiles({ name, mimeType: "application/x-ndjson", buffer });
    await page.getByRole("button", { name: "Verify", exact: true }).click();
  };
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await give("march.ndjson", file);
  await page.getByText("Nothing is wrong, but not everything could be checked").waitFor();
  const output = page.getByRole("group", { name: "What gatehouse audit verify says" }).locator("pre");
  assert.match(await output.textContent(), /NOT ANCHORED: the operator could have rewritten this\nnot checked: later history/);
  await page.getByRole("textbox", { name: "Checkpoint that you hold" }).fill(held);
  await give("march.ndjson", file);
  await page.getByText("Everything is proven").waitFor();
  const said = await output.textContent();
  assert.match(said, /\nanchored since .*: your checkpoint of \d+ records commits to all of them\nPROVEN: of what matches the filter/);
  if (dir) {
    writeFileSync(`${dir}/evidence.ndjson`, file);
    writeFileSync(`${dir}/checkpoint.txt`, held);
    writeFileSync(`${dir}/key.txt`, await page.getByRole("textbox", { name: "Keys of the log" }).inputValue());
    writeFileSync(`${dir}/said.txt`, said);
  }
  await looks(page, "audit-verified");
  const lines = file.toString().split("\n");
  const n = lines.findIndex((line, i) => i > 2 && line.includes('"tool_call"'));
  const { seq } = JSON.parse(lines[n]);
  lines[n] = lines[n].replace('"tool_call"', '"tool_cull"');
  await give("changed.ndjson", Buffer.from(lines.join("\n")));
  await page.getByText("Something is wrong").waitFor();
  assert.equal(await output.textContent(), `WRONG: line ${n + 1}, record ${seq}: leaf: the fields do not make the record's leaf`);
  await check(page, noted, "wrong");
  await picture(page, options, "audit-wrong");
  assert.deepEqual(asked.filter((url) => !url.startsWith(`${base}/assets/`) && !url.startsWith("blob:") && !url.endsWith("/log")), [], "verifying asks nobody");
}

async function report(page) {
  await goTo(page, "Access report");
  await heading(page, "Access report");
  await page.getByRole("textbox", { name: "Tool" }).fill("whoami");
  await page.getByRole("button", { name: "Create report" }).click();
  const lines = page.getByRole("table", { name: "Access report" });
  await lines.getByRole("row").filter({ hasText: "whoami" }).first().waitFor();
  await looks(page, "access-report");
  const downloads = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download (JSON)" }).click();
  const text = readFileSync(await (await downloads).path());
  await page.getByText(createHash("sha256").update(text).digest("hex")).waitFor();
  assert.ok(JSON.parse(text).people.length > 0);
  await page.getByRole("link", { name: /^[0-9a-f-]{36}$/ }).click();
  await heading(page, "Audit log");
  await page.waitForURL(/text=/);
}

// What the log has of names comes from outside; if markup came, it would be text.
async function hostile() {
  const page = await person(world);
  const name = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>\u202E';
  await page.route("**/log/records?*", async (route) => {
    const answer = await (await route.fetch()).json();
    for (const { fields } of answer.items) Object.assign(fields, { actor_name: name, tool: name, client: name, reason: name, before: name, after: `{"x":${JSON.stringify(name)}}`, roles: [name] });
    await route.fulfill({ json: answer });
  });
  await signIn(page, home, options.dan);
  await goTo(page, "Audit log");
  await rows(page).nth(2).getByRole("button").click();
  await page.getByRole("dialog").getByText(/<img/).first().waitFor();
  assert.equal(await page.locator("main img, [role=dialog] img, [role=dialog] script").count(), 0, "a name has become markup");
  noted.ran = await page.evaluate(() => "ran" in window);
}
