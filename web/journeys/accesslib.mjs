// What the journeys through access share.
import { check, picture, theme } from "./lib.mjs";

/** How pages and dialogs are looked at, and a change is saved. */
export function looks(noted, options) {
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

  return { inBothThemes, dialogInBothThemes, save };
}
