import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { AccessRequest } from "../../api/requests";
import { access as review } from "../../messages/access";
import { messages } from "../../messages/common";
import { requests as said } from "../../messages/requests";
import { toolRole } from "../../test/access";
import { visit } from "../../test/page";
import { refused, said as answered, serve } from "../../test/serve";
import { show } from "../../test/show";
import { ApproveDialog } from "./ApproveDialog";
import { DismissDialog } from "./DismissDialog";
import { RequestsView } from "./RequestsView";

afterEach(() => {
  vi.unstubAllGlobals();
});

const at = "/api/organizations/contoso/configuration/what-if";
const payroll = toolRole("payroll");
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
  const onDismiss = vi.fn();
  show(<DismissDialog request={request} busy={false} trouble={undefined} onDismiss={onDismiss} onCancel={nothing} />);
  await userEvent.click(screen.getByRole("button", { name: said.dismiss }));
  expect(screen.getByText(said.whyMissing)).toBeVisible();
  expect(onDismiss).not.toHaveBeenCalled();
  await userEvent.type(screen.getByRole("textbox"), "Ask in{enter}March");
  await userEvent.click(screen.getByRole("button", { name: said.dismiss }));
  expect(onDismiss).toHaveBeenCalledExactlyOnceWith("Ask in March");
});

test("whoever is on a later page can be had", async () => {
  const onMore = vi.fn();
  show(<RequestsView organization="Contoso" requests={[request]} more onMore={onMore} trouble={undefined} again={nothing} onApprove={nothing} onDismiss={nothing} />);
  expect(screen.getByText(said.shown(1, true))).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: messages.showAll }));
  expect(onMore).toHaveBeenCalledOnce();
});

test("nobody is approved before a role, or none, is chosen", async () => {
  const onApprove = vi.fn();
  const usual = { request, busy: false, trouble: undefined, onApprove, onCancel: nothing };
  const early = show(<ApproveDialog {...usual} roles={loading} />);
  expect(screen.getByText(said.rolesLoading)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: review.review }));
  early.unmount();
  const failed = show(<ApproveDialog {...usual} roles={{ ...loading, trouble: { title: "No roles", text: "Try again." } }} />);
  expect(screen.getByText("No roles")).toBeVisible();
  expect(screen.queryByText(said.noRole)).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: review.review }));
  failed.unmount();
  show(<ApproveDialog {...usual} roles={{ ...loading, rows: [payroll] }} />);
  await userEvent.click(screen.getByRole("button", { name: review.review }));
  expect(screen.getByText(said.roleMissing)).toBeVisible();
  expect(onApprove).not.toHaveBeenCalled();
  await userEvent.selectOptions(screen.getByRole("combobox"), "none");
  await userEvent.click(screen.getByRole("button", { name: said.approve }));
  expect(onApprove).toHaveBeenCalledExactlyOnceWith({ role: undefined, answer: "" });
});

test("a role is given after it was shown what that changes", async () => {
  const gained = { person: "p1", name: "Bob", tools: [{ tool: "payroll_get", before: "none", after: "allowed" }] };
  const log = serve({ [`POST ${at}/access`]: answered({ items: [gained], remarks: [] }), [`POST ${at}/calls`]: refused(503, "not now") });
  const onApprove = vi.fn();
  const dialog = <ApproveDialog request={request} roles={{ ...loading, rows: [payroll] }} busy={false} trouble={undefined} onApprove={onApprove} onCancel={nothing} />;
  visit(() => dialog, "/o/contoso/people/requests", "/o/contoso/people/requests");
  await userEvent.selectOptions(await screen.findByRole("combobox"), payroll.id);
  await userEvent.click(screen.getByRole("button", { name: review.review }));
  expect(await screen.findByText("payroll_get")).toBeVisible();
  expect(log.find((one) => one.what === `POST ${at}/access`)?.body).toEqual({ gatehouse: 1, assignments: [{ role: "payroll", subject: { kind: "person", value: "p1" } }] });
  expect(onApprove).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: said.approve }));
  expect(onApprove).toHaveBeenCalledExactlyOnceWith({ role: payroll.id, answer: "" });
});
