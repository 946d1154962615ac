import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { messages } from "../messages/common";
import { show } from "../test/show";
import { ceiling } from "./scale";
import { Confirm } from "./Confirm";
import { CopyField } from "./CopyField";
import { Failure } from "./Failure";
import { FormDialog } from "./FormDialog";
import { ago } from "./When";

test("time is told as people say it", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  expect(ago("2026-11-22T11:59:40Z", now)).toBe("now");
  expect(ago("2026-11-22T11:45:00Z", now)).toBe("15 minutes ago");
  expect(ago("2026-11-22T09:00:00Z", now)).toBe("3 hours ago");
  expect(ago("2026-11-21T10:00:00Z", now)).toBe("yesterday");
  expect(ago("2026-11-01T12:00:00Z", now)).toBe("Nov 1, 2026");
});

test("an axis ends at a round number that is not below the bars", () => {
  expect([0, 3, 5, 18, 21, 99, 100, 101, 2600].map(ceiling)).toEqual([4, 4, 5, 20, 25, 100, 100, 150, 3000]);
});

test("a question is answered once and not while it is being done", async () => {
  const [yes, no] = [vi.fn(), vi.fn()];
  const { rerender } = show(
    <Confirm title="Revoke it?" action="Revoke" busy={false} onConfirm={yes} onCancel={no}>
      Really
    </Confirm>,
  );
  await userEvent.keyboard("{Escape}");
  await userEvent.click(screen.getByRole("button", { name: "Revoke" }));
  expect(yes).toHaveBeenCalledOnce();
  rerender(
    <Confirm title="Revoke it?" action="Revoke" busy onConfirm={yes} onCancel={no}>
      Really
    </Confirm>,
  );
  await userEvent.click(screen.getByRole("button", { name: /Revoke/ }));
  expect(yes).toHaveBeenCalledOnce();
});

test("what weighs much waits for a word", async () => {
  const yes = vi.fn();
  show(
    <Confirm title="Delete Contoso?" action="Delete" busy={false} typed="contoso" onConfirm={yes} onCancel={vi.fn()}>
      Everything goes.
    </Confirm>,
  );
  const button = screen.getByRole("button", { name: "Delete" });
  await userEvent.type(screen.getByRole("textbox"), "contos");
  await userEvent.click(button);
  expect(yes).not.toHaveBeenCalled();
  await userEvent.type(screen.getByRole("textbox"), "o");
  await userEvent.click(button);
  expect(yes).toHaveBeenCalledOnce();
});

test("a form is sent by Enter, once, and not while it is being sent", async () => {
  const sent = vi.fn();
  const form = (busy: boolean) => (
    <FormDialog title="Add a source" action="Add" busy={busy} onSubmit={sent} onCancel={vi.fn()}>
      <input aria-label="Name" />
    </FormDialog>
  );
  const { rerender } = show(form(false));
  await userEvent.type(screen.getByLabelText("Name"), "echo{Enter}");
  expect(sent).toHaveBeenCalledOnce();
  rerender(form(true));
  await userEvent.type(screen.getByLabelText("Name"), "{Enter}");
  expect(sent).toHaveBeenCalledOnce();
});

test("a text is copied, and it shows", async () => {
  const user = userEvent.setup();
  show(<CopyField label="Endpoint URL" value="https://gatehouse.example/t/contoso/mcp" />);
  await user.click(screen.getByRole("button", { name: messages.copy }));
  expect(await screen.findByRole("button", { name: messages.copied })).toBeVisible();
  expect(await navigator.clipboard.readText()).toBe("https://gatehouse.example/t/contoso/mcp");
});

const ended = { title: "Your session has ended", text: "Sign in again.", signIn: true };

test("whose session has ended signs in and comes back here", () => {
  window.history.replaceState(null, "", "/o/contoso/people/connections?a=b");
  show(<Failure trouble={ended} again={() => undefined} />);
  const link = screen.getByRole("link", { name: messages.failure.signIn });
  expect(link).toHaveAttribute("href", "/auth/sign-in?return=%2Fo%2Fcontoso%2Fpeople%2Fconnections%3Fa%3Db");
  expect(link).not.toHaveAttribute("target");
});

test("whose session has ended while they typed signs in beside it", () => {
  show(<Failure trouble={ended} />);
  expect(screen.getByRole("alert")).toHaveTextContent(messages.unread.signIn);
  expect(screen.getByRole("link", { name: messages.failure.signIn })).toHaveAttribute("target", "_blank");
});
