// What the guides show and no address leads to as it is: an answer, a change before it is
// saved, a record, a verdict.
import { drawings } from "./drawing.mjs";

export async function scenes(page, noted, options) {
  const home = `${options.base}/o/${options.slug}`;
  const draw = (name) => drawings(page, noted, options, name);

  const question = new URLSearchParams({ person: options.refused, client: options.client, tool: "notes_create" });
  await page.goto(`${home}/access/explorer?${question}`);
  await page.getByRole("heading", { name: "Why" }).waitFor();
  await agree(page);
  await page.getByRole("table", { name: "Groups that decide" }).waitFor();
  await page.getByText("What would change it").waitFor();
  await draw("access-explorer-answer");

  await page.goto(`${home}/access/roles`);
  await page.getByRole("button", { name: "Edit staff" }).click();
  const role = page.getByRole("dialog");
  const patterns = role.getByRole("textbox", { name: "Tools", exact: true }).first();
  await patterns.fill((await patterns.inputValue()).replace(/roll_dice/, "notes_search"));
  await draw("access-roles-edit");
  await role.getByRole("button", { name: "Review changes" }).click();
  await role.getByText(/ people? (gains?|loses?)/).first().waitFor();
  await draw("access-what-if");

  await page.goto(`${home}/audit?view=calls&span=month&outcome=${encodeURIComponent('["refused"]')}`);
  const rows = page.getByRole("table", { name: "Audit log" }).getByRole("row");
  await rows.nth(1).click();
  await page.getByRole("dialog").getByText("Why?").waitFor();
  await draw("audit-record");

  await page.goto(`${home}/audit?view=calls&span=month`);
  await rows.nth(1).waitFor();
  await draw("audit-calls");
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Completeness", { exact: true }).first().waitFor();
  await draw("audit-export");

  await page.goto(`${home}/audit/access-report`);
  await page.getByRole("textbox", { name: "Tool", exact: true }).fill("notes_*");
  await page.getByRole("button", { name: "Create report" }).click();
  await page.getByRole("table").getByRole("row").nth(1).waitFor();
  await draw("audit-access-report-made");
}

/** Lets Gatehouse ask the directory, as whoever looks; asks the question again. */
async function agree(page) {
  const link = page.getByRole("link", { name: "Let Gatehouse ask the directory as me" });
  if (!(await link.isVisible())) return;
  const [tab] = await Promise.all([page.context().waitForEvent("page"), link.click()]);
  const back = tab.waitForURL(/\/access\/explorer/);
  await Promise.race([back, tab.getByRole("button", { name: "Accept" }).click()]);
  await back;
  await tab.close();
  await page.getByRole("button", { name: "Explain" }).click();
  await link.waitFor({ state: "detached" });
}

/** Pages of everybody: their own, and the one by which they connect their AI apps, which has no theme but the system's. */
export async function everybodys(page, noted, options) {
  await page.goto(`${options.base}/o/${options.slug}/me`);
  await page.getByRole("table", { name: "My tools" }).getByRole("row").nth(1).waitFor();
  await page.getByRole("table", { name: "My AI apps" }).getByRole("row").nth(1).waitFor();
  await drawings(page, noted, options, "me");
  await page.goto(`${options.base}/t/${options.slug}/mcp`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await drawings(page, noted, options, "connect");
}
