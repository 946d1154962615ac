// What journeys share: a browser that notes what it must not come upon.
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

/** What the test asks for, from standard input. */
export async function asked() {
  let text = "";
  for await (const chunk of process.stdin) text += chunk;
  return JSON.parse(text);
}

/** A browser and what it has noted. */
export async function open(options) {
  const browser = await chromium.launch({
    executablePath: options.chromium,
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
  const noted = { violations: [], errors: [], axe: [], kept: [], checked: 0, ran: false };
  return { browser, noted };
}

// What the browser says of an answer that is a refusal, when it likes; the answer itself is noted at once.
const refusal = /^Failed to load resource: the server responded with a status of/;

/** One person's browser window. Motion is off, so that nothing is looked at half-way. */
export async function person({ browser, noted }, look = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", locale: "en-US", ...look });
  await context.exposeBinding("noteViolation", (_, text) => noted.violations.push(text));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (e) => window.noteViolation(`${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile ?? ""}:${e.lineNumber} ${e.sample}`));
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => noted.errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !refusal.test(message.text())) noted.errors.push(`${message.text()} ${message.location().url}`);
  });
  page.on("response", (response) => {
    const [status, url] = [response.status(), response.url()];
    if (status === 409 && url.endsWith("/role-grants")) return; // another journey has let the same person in
    if (status >= 400) noted.errors.push(`Failed to load resource: the server responded with a status of ${status} ${url}`);
  });
  page.setDefaultTimeout(20_000);
  return page;
}

/** Opens an address of the console and signs in on the way there. */
export async function signIn(page, address, oid) {
  await page.goto(address);
  await page.locator(`button[value="${oid}"]`).click();
  const accept = page.getByRole("button", { name: "Accept" }); // of what the console may ask of Graph; asked once
  const back = page.waitForURL(address);
  await Promise.race([back, accept.click()]);
  await back;
}

/** Ends what moves and will come to an end: half-faded text has a color that nobody is shown for long. */
async function still(page) {
  await page.evaluate(() => {
    for (const one of document.getAnimations()) if (one.effect?.getComputedTiming().endTime !== Infinity) one.finish();
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
}

/** Holds a page to axe. Fluent's focus guards are hidden and focusable by design. */
export async function check(page, noted, name) {
  await still(page);
  const { violations } = await new AxeBuilder({ page }).exclude("[data-tabster-dummy]").analyze();
  noted.checked++;
  for (const v of violations) for (const node of v.nodes) noted.axe.push(`${name}: ${v.id}: ${node.target.join(" ")}: ${node.failureSummary ?? ""}`);
}

/** Chooses a theme by the menu. */
export async function theme(page, name) {
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitemradio", { name }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("menu").waitFor({ state: "detached" });
}

/**
 * Holds a page to axe, in each theme that the test asks for, and writes pictures. Every
 * page is held to it in each theme elsewhere; what is asked for here is what this needs.
 */
export async function inThemes(page, noted, options, name, file = name.replaceAll(" ", "-")) {
  for (const one of options.looks) {
    if (options.looks.length > 1) await theme(page, one);
    await check(page, noted, `${name}, ${one}`);
    await picture(page, options, `${file}-${one.toLowerCase().replace(" ", "-")}`);
  }
}

/** Writes a picture, where pictures are wanted. */
export async function picture(page, options, name) {
  if (options.screenshots) await page.screenshot({ path: `${options.screenshots}/${name}.png`, fullPage: true });
}

/** A log that answers at once, and has as many records as are asked for. */
export async function manyRecords(page, total) {
  const record = (seq) => {
    const at = new Date(Date.now() - seq * 60_000).toISOString();
    const fields = {
      id: `00000000-0000-7000-8000-${String(seq).padStart(12, "0")}`, at, sealed_at: at, kind: "tool_call", phase: "outcome", outcome: seq % 9 ? "ok" : "refused",
      tool: `tool_${seq % 40}`, actor_kind: "user", actor_name: `person ${seq % 200}`, actor_oid: `00000000-0000-4000-8000-${String(seq % 200).padStart(12, "0")}`, client: "https://app.example/client", effect: "read",
    };
    return { seq, leaf: "AAAA", fields };
  };
  await page.route("**/log/records?*", async (route) => {
    const cursor = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    const end = Math.min(total, cursor + 200);
    const items = Array.from({ length: end - cursor }, (_, i) => record(cursor + i));
    await route.fulfill({ json: { items, sealed: total, ...(end < total ? { nextCursor: String(end) } : {}) } });
  });
}
