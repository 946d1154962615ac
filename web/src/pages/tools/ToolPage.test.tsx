import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { messages } from "../../messages/common";
import { tool as told } from "../../messages/tools";
import { deny, toolRole } from "../../test/access";
import { visit } from "../../test/page";
import { refused, said, serve } from "../../test/serve";
import { ToolPage } from "./ToolPage";

afterEach(() => {
  vi.unstubAllGlobals();
});

const at = "/api/organizations/contoso/tools/roll_dice";

/** A tool that somebody else changes once the page is shown. */
function roll() {
  const now = { enabled: true, effect: "read", version: 1 };
  const log = serve({
    [`GET ${at}`]: () => said({ name: "roll_dice", enabled: now.enabled, effect: now.effect, approved: true }, `"${now.version}"`),
    [`GET ${at}/definition`]: said({ definition: { inputSchema: { type: "object" } } }),
    "GET /api/organizations/contoso/roles": ({ query }) => (query.has("cursor") ? said({ items: [toolRole("zz-last", deny(["roll_*"]))] }) : said({ items: [], nextCursor: "next" })),
    [`PUT ${at}`]: ({ tag, body }) => {
      if (tag !== `"${now.version}"`) return refused(412, "somebody else changed it");
      Object.assign(now, body, { version: now.version + 1 });
      return said({});
    },
  });
  visit(ToolPage, "/o/$org/tools/$tool", "/o/contoso/tools/roll_dice");
  return { now, puts: () => log.filter((one) => one.what.startsWith("PUT")) };
}

test("a change of the effect does not turn on what a colleague has turned off", async () => {
  const { now, puts } = roll();
  const effect = await screen.findByRole("combobox", { name: told.changeEffect });
  Object.assign(now, { enabled: false, version: 2 });
  await userEvent.selectOptions(effect, "destructive");
  await screen.findByText(messages.clashTitle);
  expect(puts().map((put) => put.tag)).toEqual(['"1"']);
  expect(now).toEqual({ enabled: false, effect: "read", version: 2 });
  expect(await screen.findByRole("button", { name: told.turnOn })).toBeVisible();
});

test("turning off keeps the effect that a colleague has chosen", async () => {
  const { now, puts } = roll();
  await userEvent.click(await screen.findByRole("button", { name: told.turnOff }));
  Object.assign(now, { effect: "destructive", version: 2 });
  const press = async () => {
    const buttons = await screen.findAllByRole("button", { name: told.turnOff });
    const last = buttons.at(-1);
    if (last) await userEvent.click(last);
  };
  await press();
  await screen.findByText(messages.clashTitle);
  await waitFor(async () => {
    await press();
    expect(now.version).toBe(3);
  });
  expect(puts()[0]?.body).toEqual({ enabled: false, effect: "read" });
  expect(now).toEqual({ enabled: false, effect: "destructive", version: 3 });
});

test("a role that is not on the first page of roles denies a tool all the same", async () => {
  roll();
  await waitFor(() => {
    expect(screen.getByText("zz-last")).toBeVisible();
    expect(screen.getByText(told.deny)).toBeVisible();
  });
  expect(screen.queryByText(told.nobody)).toBeNull();
});
