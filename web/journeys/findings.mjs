// An administrator comes upon everything that the doctor can find. Each cause is made in
// Entra or in Gatehouse, read in the wizard with what mends it, mended, and gone.
import assert from "node:assert/strict";
import { walks } from "./causes.mjs";
import { administrator, control, management } from "./findinglib.mjs";
import { asked, check, open, person, picture } from "./lib.mjs";

const options = await asked();
const world = await open(options);
const { noted } = world;
noted.walked = [];
const titles = new Map(options.kinds.map(({ id, title }) => [id, title]));
const shapes = new Set(); // of findings, that axe has looked at
const step = `${options.base}/o/adatum/setup?step=doctor`;

try {
  const page = await person(world);
  const api = management(page, "adatum");
  await page.goto(`${options.base}/auth/sign-in`);
  await through(page, `${options.base}/`);
  await page.getByRole("link", { name: "Register this directory" }).click();
  await page.getByRole("button", { name: "Register" }).waitFor();
  await api.register();
  const scene = {
    options, page, api, allow: () => allow(page), control: control(options), walk: (walk) => go(page, scene, walk), read: () => read(page),
    entra: administrator(options, options.admin), platform: administrator(options, options.operator),
  };
  await walks(scene);
  assert.deepEqual(await read(page), [], "nothing is left");
  await page.getByText("Nothing is wrong").waitFor();
} catch (error) {
  for (const context of world.browser.contexts()) for (const page of context.pages()) await picture(page, options, "failed");
  throw error;
} finally {
  await world.browser.close();
}
console.log(JSON.stringify(noted));

/** Opens the step and lets Gatehouse look as the person, as far as that is missing. */
async function allow(page) {
  await page.goto(step);
  await page.getByRole("link", { name: "Sign in and allow it" }).click();
  await through(page, step);
  await settled(page);
}

/** At Entra: picks the account and accepts, where that is asked for, until back. */
async function through(page, back) {
  await page.waitForURL((url) => url.origin === new URL(options.entra).origin);
  const button = page.locator(`button[value="${options.admin.oid}"]`).or(page.getByRole("button", { name: "Accept" })).first();
  while (page.url() !== back) {
    await Promise.any([page.waitForURL(back), button.waitFor()]);
    if (page.url() === back) break;
    await Promise.all([page.waitForEvent("framenavigated"), button.click()]);
  }
}

/** Waits until every setting has been looked at. */
async function settled(page) {
  await page.getByRole("button", { name: "Check again" }).waitFor();
}

async function again(page) {
  const looked = page.waitForResponse((answer) => answer.url().endsWith("/doctor"));
  await page.getByRole("button", { name: "Check again" }).click();
  await looked;
  await settled(page);
}

/** The findings, as a person reads them. */
async function read(page) {
  const list = page.getByRole("list", { name: "Findings" });
  return list.getByRole("listitem").evaluateAll((items) =>
    items.map((item) => ({
      lines: item.innerText.split("\n").map((line) => line.trim()).filter(Boolean),
      fix: item.querySelector("pre")?.innerText.trim().split("\n") ?? [],
      link: item.querySelector("a")?.href ?? "",
    })),
  );
}

/**
 * One walk. found says, by id, what the finding's words have to hold; byHand are those
 * that no command mends; mend does what the findings ask for beside their commands.
 */
async function go(page, scene, { cause, found, byHand = [], mend = () => undefined }) {
  await cause?.();
  await again(page);
  const before = await read(page);
  const answers = [];
  for (const [id, says] of Object.entries(found)) {
    const title = titles.get(id);
    assert.ok(title, `the doctor has no finding ${id}`);
    const finding = before.find(({ lines }) => lines[1] === title);
    assert.ok(finding, `${id} is not found, but ${JSON.stringify(before)}`);
    wellTold(id, says, finding, byHand.includes(id));
    await looked(page, finding);
  }
  for (const id of Object.keys(found)) {
    const { fix } = before.find(({ lines }) => lines[1] === titles.get(id));
    for (const line of fix) answers.push(await scene.entra.run(line));
  }
  await mend(answers, before);
  await again(page);
  const after = await read(page);
  for (const id of Object.keys(found)) {
    assert.ok(!after.some(({ lines }) => lines[1] === titles.get(id)), `${id} is mended, and still there: ${JSON.stringify(after)}`);
    noted.walked.push(id);
  }
}

function wellTold(id, says, { lines, fix, link }, byHand) {
  const text = lines.join(" ");
  assert.ok(["Error", "Warning", "Information"].includes(lines[0]), `${id}: ${text}`);
  assert.ok(text.includes(says), `${id} does not say ${says}: ${text}`);
  assert.ok(lines.some((line) => /^Where: \S/.test(line)) && (link.startsWith("https://entra.microsoft.com/#view/") || link === `${options.base}/o/adatum/audit/evidence`), `${id} does not say where: ${text} ${link}`);
  assert.equal(fix.length === 0, byHand, `${id}: commands are ${JSON.stringify(fix)}`);
}

/** Has axe look at the page once for each shape that a finding can have. */
async function looked(page, { lines, fix }) {
  const shape = `${lines[0]}, ${fix.length === 0 ? "by hand" : "with commands"}`;
  if (shapes.has(shape)) return;
  shapes.add(shape);
  await check(page, noted, shape);
  await picture(page, options, `finding-${shape.toLowerCase().replace(/\W+/g, "-")}`);
}
