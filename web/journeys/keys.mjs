// A person with a keyboard and no mouse. Nothing here presses, fills or focuses an
// element by a script: keys are pressed, and what has the focus is looked at.
import assert from "node:assert/strict";

/** Counts what only a mouse, a pen or a finger does, in every page of a window. */
export async function watchPointers(page, noted) {
  noted.pointers ??= 0;
  await page.context().exposeBinding("notePointer", () => {
    noted.pointers++;
  });
  const watch = () => {
    for (const kind of ["pointerdown", "mousedown", "touchstart", "wheel"]) {
      window.addEventListener(kind, ({ isTrusted }) => { if (isTrusted) window.notePointer(); }, true);
    }
  };
  await page.context().addInitScript(watch);
  await page.evaluate(watch);
}

/** Ends a walk: nothing has been pointed at, which is seen where something is. */
export async function withoutPointers(page, noted) {
  const { pointers, kept } = noted;
  await page.mouse.click(2, 2);
  for (const began = Date.now(); noted.pointers === pointers && Date.now() - began < 5_000; ) await page.waitForTimeout(20);
  assert.ok(noted.pointers > pointers, "a click of the mouse is not counted");
  noted.pointers = pointers;
  kept.push(...(await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])));
}

/** What has the focus, in words. */
export const focused = (page) =>
  page.evaluate(() => {
    const e = document.activeElement;
    if (!e || e === document.body) return "the page itself";
    const name = e.getAttribute("aria-label") ?? (e.labels?.[0]?.textContent || e.textContent || e.id);
    return `${e.getAttribute("role") ?? e.tagName.toLowerCase()} “${(name ?? "").trim().slice(0, 40)}”`;
  });

// How an element looks, with what is drawn beside it and around it.
const looks = (element) => {
  const drawn = (e, pseudo) => {
    const s = getComputedStyle(e, pseudo);
    return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderTopColor, s.borderBottomColor, s.borderTopWidth, s.borderBottomWidth, s.backgroundColor, s.transform, s.opacity].join(" ");
  };
  const all = [];
  for (let e = element, n = 0; e && n < 4; e = e.parentElement, n++) all.push(drawn(e), drawn(e, "::before"), drawn(e, "::after"));
  return all.join("|");
};

const has = (element) => element === document.activeElement;

/** Goes to an element with the Tab key and sees that the focus shows there. */
export async function tabTo(page, target, most = 150) {
  await target.waitFor();
  if (await target.evaluate(has)) return;
  const before = await target.evaluate(looks);
  const path = [];
  for (let n = 0; n < most; n++) {
    await page.keyboard.press("Tab");
    if (await target.evaluate(has)) {
      await assertEventually(async () => (await target.evaluate(looks)) !== before, `the focus does not show on ${await focused(page)}`);
      return;
    }
    path.push(await focused(page));
  }
  assert.fail(`Tab does not reach ${target}; it goes by way of ${path.join(", ")}`);
}

/** Goes to an element and presses what presses it. */
export async function press(page, target) {
  await tabTo(page, target);
  await page.keyboard.press(await target.evaluate((e) => (e instanceof HTMLInputElement ? "Space" : "Enter")));
}

/** Goes to a field and writes there, in the place of what it has. */
export async function write(page, target, text) {
  await tabTo(page, target);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text, { delay: 10 });
}

/** Sees that something has the focus again after a dialog or a panel has closed. */
export async function stays(page, after, target) {
  if (target) await assertEventually(() => target.evaluate(has), async () => `after ${after} the focus is on ${await focused(page)}`);
  else await assertEventually(async () => (await focused(page)) !== "the page itself", `after ${after} nothing has the focus`);
}

async function assertEventually(holds, otherwise) {
  for (const began = Date.now(); Date.now() - began < 5_000; await new Promise((done) => setTimeout(done, 50))) if (await holds()) return;
  assert.fail(typeof otherwise === "function" ? await otherwise() : otherwise);
}

/** Signs in on the way to an address, with what Entra asks about. */
export async function signInByKeys(page, address, oid) {
  await page.goto(address);
  await consent(page, oid, (url) => url.href === address);
}

/** At Entra: chooses the account and accepts, where that is asked for, until back. */
export async function consent(page, oid, back) {
  const button = page.locator(`button[value="${oid}"]`).or(page.getByRole("button", { name: "Accept" })).first();
  for (;;) {
    await Promise.any([page.waitForURL(back), button.waitFor()]);
    if (back(new URL(page.url()))) return;
    await tabTo(page, button);
    await Promise.all([page.waitForEvent("framenavigated"), page.keyboard.press("Enter")]);
  }
}
