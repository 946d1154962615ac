import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { messages } from "../../messages/common";
import { connections as said } from "../../messages/connections";
import { connection } from "../../test/factories";
import { show } from "../../test/show";
import { ConnectionsView } from "./ConnectionsView";
const nothing = () => undefined;
const usual = { organization: "Contoso", toPerson: (oid: string) => ({ href: `/${oid}`, onClick: nothing }), more: false, onMore: nothing, trouble: undefined, again: nothing, onRevoke: undefined };

test("each row says who, by which app, and who vouches for its name", () => {
  const list = [connection({ host: "claude.ai", name: "Claude" }), connection(), connection({ client: "ghc_desk", name: "Desk", person: { oid: "1", name: "Erin", guest: true } })];
  show(<ConnectionsView {...usual} connections={list} />);
  const rows = screen.getAllByRole("row").slice(1);
  expect(rows).toHaveLength(3);
  const [claude, cursor, desk] = rows.map((row) => row.textContent);
  expect(claude).toContain(said.verified("claude.ai"));
  expect(cursor).toContain(said.unverified);
  expect(desk).toContain(said.registered);
  expect(desk).toContain(messages.guest);
  expect(cursor).not.toContain(messages.guest);
});

test("who may not revoke sees no button", () => {
  show(<ConnectionsView {...usual} connections={[connection()]} />);
  expect(screen.queryByRole("button", { name: /revoke/i })).toBeNull();
});

test("revoking is asked for the very row", async () => {
  const onRevoke = vi.fn();
  const [first, second] = [connection(), connection({ name: "Claude" })];
  show(<ConnectionsView {...usual} connections={[first, second]} onRevoke={onRevoke} />);
  await userEvent.click(screen.getByRole("button", { name: said.revokeLabel("Claude", "Alice") }));
  expect(onRevoke).toHaveBeenCalledExactlyOnceWith(second);
});

test("a search narrows the list, and says so when nothing is left", async () => {
  show(<ConnectionsView {...usual} connections={[connection(), connection({ name: "Claude", person: { oid: "2", name: "Bob", guest: false } })]} more />);
  const search = screen.getByRole("searchbox", { name: said.searchLabel });
  await userEvent.type(search, "BOB");
  expect(within(screen.getByRole("table")).getAllByRole("row")).toHaveLength(2);
  expect(screen.getByText("Claude")).toBeVisible();
  await userEvent.type(search, "by");
  expect(screen.queryByRole("table")).toBeNull();
  expect(screen.getByText(said.noMatchText("BOBby", true))).toBeVisible();
});

test("loading, empty and failed look different", () => {
  const { unmount } = show(<ConnectionsView {...usual} connections={undefined} />);
  expect(screen.queryByText(said.empty)).toBeNull();
  expect(screen.getByLabelText(messages.loading)).toBeVisible();
  unmount();
  const empty = show(<ConnectionsView {...usual} connections={[]} />);
  expect(screen.getByText(said.empty)).toBeVisible();
  empty.unmount();
  show(<ConnectionsView {...usual} connections={undefined} trouble={{ title: "No", text: "Because.", reference: "id-1" }} />);
  expect(screen.getByRole("alert")).toHaveTextContent("No Because.Reference: id-1");
});

test("a name with markup is text", () => {
  show(<ConnectionsView {...usual} connections={[connection({ name: "<img src=x>", person: { oid: "3", name: "<b>Eve</b>", guest: false } })]} />);
  expect(screen.getByText("<img src=x>")).toBeVisible();
  expect(screen.getByText("<b>Eve</b>")).toBeVisible();
  expect(document.querySelector("td img, td b")).toBeNull();
});
