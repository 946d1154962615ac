// What a browser takes for the console: until a page is shown, for each frame while many
// records are scrolled through, and how far things move that were shown already. Nothing
// is judged here; samples go to standard output, times in milliseconds.
import assert from "node:assert/strict";
import { asked, manyRecords, open, person, signIn } from "./lib.mjs";

const options = await asked();
const { base, slug, runs } = options;
const world = await open(options);
const home = `${base}/o/${slug}`;
const found = { views: { bare: [], overview: [], audit: [] }, frames: [], opening: [], rows: 0, shifts: {} };

try {
  const signedIn = await person(world);
  await signIn(signedIn, home, options.person);
  await settled(signedIn);
  const storageState = await signedIn.context().storageState();
  const pages = options.pages > 0 ? await addresses(signedIn) : [];
  await signedIn.context().close();
  for (let n = 0; n < runs; n++) {
    if (options.views) await views(storageState);
    if (options.records > 0) await scroll(storageState);
    if (pages.length > 0) await shifts(storageState, pages);
  }
} finally {
  await world.browser.close();
}
assert.deepEqual(world.noted.errors, [], "scripts fail");
console.log(JSON.stringify(found));

/** A window with an empty cache, whose pages note what they show and when. */
async function observed(storageState) {
  const page = await person(world, { storageState });
  await page.addInitScript(() => {
    const seen = { painted: 0, shown: 0, shift: 0, from: 0, last: 0, window: 0 };
    window.seen = seen;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.painted = Math.max(seen.painted, entry.startTime);
    }).observe({ type: "largest-contentful-paint", buffered: true });
    // As the layout instability specification has it: of windows of at most five seconds, without a second's pause, the worst.
    new PerformanceObserver((list) => {
      for (const { value, startTime, hadRecentInput } of list.getEntries()) {
        if (hadRecentInput) continue;
        if (startTime - seen.last > 1000 || startTime - seen.from > 5000) [seen.window, seen.from] = [0, startTime];
        seen.last = startTime;
        seen.window += value;
        seen.shift = Math.max(seen.shift, seen.window);
      }
    }).observe({ type: "layout-shift", buffered: true });
    const whole = () => document.querySelector("h1") && !document.querySelector("[aria-label='Loading'], [role='progressbar']");
    const look = () => {
      if (!whole()) seen.shown = 0;
      else if (seen.shown === 0) seen.shown = performance.now();
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return page;
}

/** Waits until nothing is loading any more, and has been painted. */
async function settled(page) {
  await page.locator("h1").first().waitFor();
  await page.waitForLoadState("networkidle"); // half a second without a request
  await page.waitForFunction(() => !document.querySelector("[aria-label='Loading'], [role='progressbar']"));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** From the navigation's start to the later of the largest paint and everything being there. */
async function view(storageState, address, ready) {
  const page = await observed(storageState);
  await page.goto(address);
  await ready(page);
  await settled(page);
  const { painted, shown } = await page.evaluate(() => window.seen);
  assert.ok(painted > 0 && shown > 0, `${address}: painted at ${painted}, shown at ${shown}`);
  await page.context().close();
  return Math.max(painted, shown);
}

async function views(storageState) {
  const { bare, overview, audit } = found.views;
  bare.push(await view(undefined, `${base}/t/${slug}/mcp`, (page) => page.getByRole("heading", { level: 1 }).waitFor()));
  overview.push(await view(storageState, home, (page) => page.getByRole("heading", { level: 1, name: "Overview" }).waitFor()));
  audit.push(await view(storageState, `${home}/audit`, (page) => page.getByRole("table", { name: "Audit log" }).getByRole("row").nth(3).waitFor()));
}

/** Loads every record, scrolls through all of them, and opens one. */
async function scroll(storageState) {
  const page = await observed(storageState);
  await manyRecords(page, options.records);
  await page.goto(`${home}/audit`);
  const table = page.getByRole("table", { name: "Audit log" });
  await table.getByRole("row").nth(5).waitFor();
  const list = table.getByRole("rowgroup").nth(1);
  const whole = `${options.records.toLocaleString("en-US")} records`;
  const began = Date.now();
  while ((await page.getByRole("status").filter({ hasText: /records?( so far)?$/ }).textContent()) !== whole) {
    assert.ok(Date.now() - began < 120_000, `after two minutes not all of ${whole} are there`);
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.waitForTimeout(30);
  }
  found.rows = Number(await table.getAttribute("aria-rowcount")) - 1;
  await settled(page);
  found.frames.push(await list.evaluate(through));
  found.opening.push(await opened(page, table, list));
  await page.context().close();
}

/** Two and a half screens a frame, from the first record to the last. */
async function through(element) {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  element.scrollTo(0, 0);
  await frame();
  let before = await frame();
  const frames = [];
  for (let top = 0; top < element.scrollHeight - element.clientHeight; top += element.clientHeight * 2.5) {
    element.scrollTo(0, top);
    const now = await frame();
    frames.push(now - before);
    before = now;
  }
  return frames;
}

/** From the click to the frame in which the record's panel says why. */
async function opened(page, table, list) {
  await list.evaluate((element) => {
    element.scrollTo(0, element.scrollHeight / 2);
  });
  await page.waitForTimeout(200);
  await page.evaluate(() => {
    window.opening = new Promise((done) => {
      document.addEventListener("click", ({ timeStamp }) => {
        const look = () => {
          const there = [...document.querySelectorAll("[role='dialog'] *")].some((e) => e.textContent === "Why?");
          requestAnimationFrame(there ? () => { done(performance.now() - timeStamp); } : look); // the frame after is the one that was shown
        };
        requestAnimationFrame(look);
      }, { capture: true, once: true });
    });
  });
  const box = await list.boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  const took = await page.evaluate(() => window.opening);
  await table.page().getByRole("dialog").getByText("Why?").waitFor();
  return took;
}

/** Every page that the signed-in person is led to, of each kind one. */
async function addresses(page) {
  const seen = new Set();
  const waiting = [`/o/${slug}`];
  const all = [];
  while (waiting.length > 0 && all.length < options.pages) {
    const address = waiting.shift();
    const kind = kindOf(address);
    if (seen.has(kind)) continue;
    seen.add(kind);
    all.push({ kind, address });
    await page.goto(base + address);
    await settled(page);
    waiting.push(...(await page.locator(`a[href^="/o/${slug}"]`).evaluateAll((links) => links.map((link) => link.getAttribute("href")))));
  }
  return all;
}

function kindOf(address) {
  const { pathname } = new URL(address, base);
  return pathname
    .split("/")
    .map((part, i) => (i < 3 || /^[a-z-]*$/.test(part) ? part : "*"))
    .join("/");
}

async function shifts(storageState, pages) {
  const page = await observed(storageState);
  for (const { kind, address } of pages) {
    await page.goto(base + address);
    await settled(page);
    (found.shifts[kind] ??= []).push(await page.evaluate(() => window.seen.shift));
  }
  await page.context().close();
}
