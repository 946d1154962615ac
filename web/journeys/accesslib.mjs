// What the journeys through access share.
import { check, inThemes } from "./lib.mjs";

/** How pages and dialogs are looked at, and a change is saved. */
export function looks(noted, options) {
  const pageInThemes = (page, name) => inThemes(page, noted, options, name);

  async function dialogInThemes(page, name) {
    for (const value of options.looks.map((one) => one.toLowerCase()).filter((one) => one === "light" || one === "dark")) {
      await page.evaluate((v) => localStorage.setItem("gatehouse.theme", v), value);
      await page.emulateMedia({ colorScheme: value }); // the theme is read again when the system's changes
      await check(page, noted, `${name}, ${value}`);
      const path = `${options.screenshots}/${name.replaceAll(" ", "-")}-${value}.png`;
      if (options.screenshots) await page.screenshot({ path }); // what is behind a dialog is as high as the window
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

  return { pageInThemes, dialogInThemes, save };
}
