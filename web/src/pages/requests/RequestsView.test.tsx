import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { AccessRequest } from "../../api/requests";
import { messages } from "../../messages/common";
import { requests as said } from "../../messages/requests";
import { toolRole } from "../../test/access";
import { show } from "../../test/show";
import { ReplyDialog } from "./ReplyDialog";
import { RequestsView } from "./RequestsView";

const nothing = () => undefined;
const loading = { rows: undefined, trouble: undefined, again: nothing };
const request: AccessRequest = {
  id: "r1",
  person: { oid: "p1", name: "Bob", guest: false },
  reason: "I do <b>payroll</b> now",
  madeAt: "2026-11-20T09:00:00Z",
  expiresAt: "2026-12-20T09:00:00Z",
  state: "open",
};

test("a request is text, and each answer is about its row", async () => {
  const onDismiss = vi.fn();
  show(<RequestsView organization="Contoso" requests={[request]} more={false} onMore={nothing} trouble={undefined} again={nothing} onApprove={nothing} onDismiss={onDismiss} />);
  expect(screen.getByText("I do <b>payroll</b> now")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: said.dismissLabel("Bob") }));
  expect(onDismiss).toHaveBeenCalledExactlyOnceWith(request);
});

test("nobody is dismissed without a reason", async () => {
  const onReply = vi.fn();
  show(<ReplyDialog kind="dismiss" request={request} roles={loading} assigned={false} busy={false} trouble={undefined} onReply={onReply} onCancel={nothing} />);
  await userEvent.click(screen.getByRole("button", { name: said.dismiss }));
  expect(screen.getByText(said.whyMissing)).toBeVisible();
  expect(onReply).not.toHaveBeenCalled();
  await userEvent.type(screen.getByRole("textbox"), "Ask in{enter}March");
  await userEvent.click(screen.getByRole("button", { name: said.dismiss }));
  expect(onReply).toHaveBeenCalledExactlyOnceWith({ kind: "dismiss", id: "r1", person: request.person, text: "Ask in March" });
});

test("whoever is on a later page can be had", async () => {
  const onMore = vi.fn();
  show(<RequestsView organization="Contoso" requests={[request]} more onMore={onMore} trouble={undefined} again={nothing} onApprove={nothing} onDismiss={nothing} />);
  expect(screen.getByText(said.shown(1, true))).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: messages.showAll }));
  expect(onMore).toHaveBeenCalledOnce();
});

test("nobody is approved before a role, or none, is chosen", async () => {
  const onReply = vi.fn();
  const role = toolRole("payroll");
  const usual = { kind: "approve" as const, request, assigned: false, busy: false, trouble: undefined, onReply, onCancel: nothing };
  const early = show(<ReplyDialog {...usual} roles={loading} />);
  expect(screen.getByText(said.rolesLoading)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: said.approve }));
  early.unmount();
  const failed = show(<ReplyDialog {...usual} roles={{ ...loading, trouble: { title: "No roles", text: "Try again." } }} />);
  expect(screen.getByText("No roles")).toBeVisible();
  expect(screen.queryByText(said.noRole)).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: said.approve }));
  failed.unmount();
  show(<ReplyDialog {...usual} roles={{ ...loading, rows: [role] }} />);
  await userEvent.click(screen.getByRole("button", { name: said.approve }));
  expect(screen.getByText(said.roleMissing)).toBeVisible();
  expect(onReply).not.toHaveBeenCalled();
  for (const chosen of [role.id, "none"]) {
    await userEvent.selectOptions(screen.getByRole("combobox"), chosen);
    await userEvent.click(screen.getByRole("button", { name: said.approve }));
  }
  expect(onReply.mock.calls.map(([reply]: unknown[]) => reply)).toEqual([role.id, ""].map((id) => ({ kind: "approve", id: "r1", person: request.person, role: id, text: "" })));
});
