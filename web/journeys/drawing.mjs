// Pictures for the guides, in light and dark. What a journey could draw is noted always,
// so that a page without a picture is found; it is drawn where pictures are wanted.
import { writeFile } from "node:fs/promises";

/** The window of whoever draws, small enough to be read on a page. */
export const frame = (options) => (options.docs ? { viewport: { width: 1280, height: 760 } } : {});

/** Notes a picture of what is to be seen, and draws it in a theme. */
export async function drawing(page, noted, options, name, look) {
  noted.pictures ??= [];
  if (!noted.pictures.includes(name)) noted.pictures.push(name);
  if (!options.docs) return;
  await page.mouse.move(0, 0);
  await page.evaluate(async () => {
    if (!document.querySelector("[role='dialog'], [role='alertdialog'], [role='listbox']")) document.activeElement?.blur?.();
    window.scrollTo(0, 0);
    for (let i = 0; i < 2; i++) await new Promise((next) => requestAnimationFrame(next));
    await Promise.allSettled(document.getAnimations().map((one) => one.finished));
  });
  const session = await page.context().newCDPSession(page); // Chromium packs a picture well only when it is asked itself
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 25 });
  await writeFile(`${options.docs}/${name}-${look}.webp`, Buffer.from(data, "base64"));
  await session.detach();
}

/** Draws what is to be seen in both themes, without the menu: it could be under a dialog. */
export async function drawings(page, noted, options, name) {
  await page.waitForLoadState("networkidle");
  for (const look of options.docs ? ["dark", "light"] : ["light"]) {
    await page.evaluate((value) => localStorage.setItem("gatehouse.theme", value), look);
    await page.emulateMedia({ colorScheme: look === "dark" ? "light" : "dark" });
    await page.emulateMedia({ colorScheme: look }); // the theme is read again when the system's changes
    await drawing(page, noted, options, name, look);
  }
}
