import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { Erasure } from "../../api/erasures";
import { erasures as said } from "../../messages/erasures";
import { visit } from "../../test/page";
import { refused, said as answered, serve } from "../../test/serve";
import { show } from "../../test/show";
import { ApproveErasure } from "./ApproveErasure";
import { mayApprove, mayWithdraw, phaseOf } from "./erasure";
import { ErasuresPage } from "./ErasuresPage";
import { type ErasureActs, ErasuresView } from "./ErasuresView";

afterEach(() => {
  vi.unstubAllGlobals();
});

const nothing = () => undefined;
const [alice, carol, grace] = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000c", "00000000-0000-4000-8000-00000000000e"];
const now = Date.UTC(2026, 10, 20);
const erasure = (rest: Partial<Erasure> = {}): Erasure => ({ id: "00000000-0000-4000-8000-000000000001", state: "asked", person: alice, names: ["Alice Arden"], askedAt: "2026-11-19T00:00:00Z", askedBy: carol, scanned: 0, records: 0, fields: 0, ...rest });
const nameOf = (oid: string) => ({ [alice]: "Alice", [carol]: "Carol" })[oid] ?? oid;
const usual = { organization: "Contoso", trouble: undefined, again: nothing, held: false, size: 2000, now, nameOf };
const acts = (rest: Partial<ErasureActs> = {}): ErasureActs => ({ me: grace, owner: true, request: nothing, approve: nothing, withdraw: nothing, ...rest });

test("an erasure waits for approval, for its day or the end of a hold, is done or was", () => {
  const approved = erasure({ state: "approved", dueAt: "2026-11-19T00:00:00Z" });
  const later = erasure({ state: "approved", dueAt: "2026-11-26T00:00:00Z" });
  expect([erasure(), later, approved].map((e) => phaseOf(e, false, now))).toEqual(["asked", "waits", "doing"]);
  expect([erasure(), later, approved, erasure({ state: "done" })].map((e) => phaseOf(e, true, now))).toEqual(["asked", "waits", "held", "done"]);
  expect([erasure(), later, approved, erasure({ state: "done" })].map((e) => mayWithdraw(e, now))).toEqual([true, true, false, false]);
  expect([mayApprove(erasure(), grace), mayApprove(erasure(), alice), mayApprove(later, grace), mayApprove(erasure({ person: undefined }), grace)]).toEqual([true, false, false, false]);
});

test("who may not change anything sees no button, and not who it is", () => {
  show(<ErasuresView {...usual} list={[erasure({ person: undefined, names: undefined })]} act={undefined} />);
  expect(screen.getByText(said.hidden)).toBeVisible();
  expect(screen.queryByRole("button")).toBeNull();
});

test("an admin withdraws and an owner approves, but not the erasure of themselves", () => {
  const { unmount } = show(<ErasuresView {...usual} list={[erasure()]} act={acts({ owner: false })} />);
  expect(screen.getByRole("button", { name: said.withdrawLabel("Alice") })).toBeVisible();
  expect(screen.queryByRole("button", { name: said.approveLabel("Alice") })).toBeNull();
  unmount();
  const { unmount: leave } = show(<ErasuresView {...usual} list={[erasure()]} act={acts()} />);
  expect(screen.getByRole("button", { name: said.approveLabel("Alice") })).toBeVisible();
  expect(screen.getByText(said.names(["Alice Arden"]))).toBeVisible();
  leave();
  show(<ErasuresView {...usual} list={[erasure()]} act={acts({ me: alice })} />);
  expect(screen.queryByRole("button", { name: said.approveLabel("Alice") })).toBeNull();
});

test("how far it is, and what became of it, is said", () => {
  const list = [
    erasure({ state: "approved", approvedAt: "2026-11-19T10:00:00Z", approvedBy: grace, dueAt: "2026-11-19T10:00:00Z", scanned: 500, records: 3, fields: 1 }),
    erasure({ id: "2", state: "done", person: undefined, names: undefined, approvedAt: "2026-11-19T10:00:00Z", approvedBy: carol, dueAt: "2026-11-19T10:00:00Z", doneAt: "2026-11-19T11:00:00Z", records: 9, fields: 2 }),
  ];
  show(<ErasuresView {...usual} list={list} held act={acts()} />);
  expect(screen.getByText(said.scanned(500, 2000))).toBeVisible();
  expect(screen.getByText(said.found(3, 1))).toBeVisible();
  expect(screen.getByText(said.states.held)).toBeVisible();
  expect(screen.getByText(said.gone)).toBeVisible();
  expect(screen.getByText(said.approved("Nov 19, 2026, 10:00:00", "Carol"))).toBeVisible();
  expect(screen.getByText(said.heldText)).toBeVisible();
  expect(screen.queryByRole("button", { name: /^Withdraw|^Approve/ })).toBeNull();
});

test("an approval says the person and the number of names again", async () => {
  const onSubmit = vi.fn();
  show(<ApproveErasure erasure={erasure({ names: ["Alice Arden", "alice@contoso.example"] })} me={carol} nameOf={nameOf} busy={false} trouble={undefined} onSubmit={onSubmit} onCancel={nothing} />);
  expect(screen.getByText(said.own)).toBeVisible();
  const erase = screen.getByRole("button", { name: said.approveAction });
  await userEvent.click(erase);
  expect(screen.getByText(said.typedPersonWrong)).toBeVisible();
  expect(screen.getByText(said.typedNamesWrong)).toBeVisible();
  await userEvent.click(screen.getByLabelText(/^Object ID of the person/));
  await userEvent.paste(carol);
  await userEvent.type(screen.getByLabelText(/^Number of names/), "2");
  await userEvent.click(erase);
  expect(onSubmit).not.toHaveBeenCalled();
  await userEvent.clear(screen.getByLabelText(/^Object ID of the person/));
  await userEvent.paste(alice);
  await userEvent.clear(screen.getByLabelText(/^Number of names/));
  await userEvent.click(erase);
  await userEvent.type(screen.getByLabelText(/^Number of names/), "1");
  await userEvent.click(erase);
  expect(onSubmit).not.toHaveBeenCalled();
  await userEvent.clear(screen.getByLabelText(/^Number of names/));
  await userEvent.type(screen.getByLabelText(/^Number of names/), "2");
  await userEvent.click(erase);
  expect(onSubmit).toHaveBeenCalledExactlyOnceWith({ person: alice, names: 2 });
});

const api = "/api/organizations/contoso";

const answers = {
  "GET /api/session": answered({ tid: "t", oid: grace, name: "Grace" }),
  [`GET ${api}/erasures`]: answered({ items: [erasure()] }),
  [`GET ${api}/holds`]: answered({ items: [] }),
  [`GET ${api}/log`]: answered({ size: 2000, first: 0, waiting: 0, lagSeconds: 0, keys: [] }),
  [`GET ${api}/connections`]: answered({ items: [{ person: { oid: alice, name: "Alice", username: "alice@contoso.example", guest: false } }] }),
  [`GET ${api}/role-grants`]: answered({ items: [{ id: "g", role: "owner", grantee: { kind: "person", id: carol }, name: "Carol" }] }),
};

test("a request names a person and lines of names, and a refusal keeps what was typed", async () => {
  let refusals = 1;
  const asked = serve({ ...answers, [`POST ${api}/erasures`]: () => (refusals-- > 0 ? refused(409, "there is a legal hold") : answered(erasure({ person: undefined }), '"1"', 201)) });
  visit(ErasuresPage, "/", "/", { held: ["admin", "viewer"] });
  await screen.findByText(/Carol/);
  await userEvent.click(await screen.findByRole("button", { name: said.request }));
  const dialog = within(screen.getByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: said.request }));
  expect(dialog.getByText(said.personWrong)).toBeVisible();
  await userEvent.type(dialog.getByRole("combobox", { name: /^Person/ }), "ali");
  await userEvent.click(await screen.findByRole("option", { name: /Alice/ }));
  await userEvent.type(dialog.getByLabelText(/^Names and addresses/), "Ali");
  await userEvent.click(dialog.getByRole("button", { name: said.request }));
  expect(dialog.getByText(said.namesWrong)).toBeVisible();
  await userEvent.type(dialog.getByLabelText(/^Names and addresses/), "ce Arden{enter}alice@contoso.example");
  await userEvent.click(dialog.getByRole("button", { name: said.request }));
  await dialog.findByText("There is a legal hold.");
  await userEvent.click(dialog.getByRole("button", { name: said.request }));
  await waitFor(() => { expect(screen.queryByRole("dialog")).toBeNull(); });
  const posts = asked.filter(({ what }) => what.startsWith("POST"));
  expect(posts.map(({ body }) => body)).toEqual(Array(2).fill({ person: alice, names: ["Alice Arden", "alice@contoso.example"] }));
  expect(posts[0]?.key).toBe(posts[1]?.key);
  expect(asked.some(({ what }) => what === `GET ${api}/access`)).toBe(false); // an admin does not read the log
});

test("a request is withdrawn after a question that names the person", async () => {
  const asked = serve({ ...answers, [`DELETE ${api}/erasures/${erasure().id}`]: () => new Response(null, { status: 204 }) });
  visit(ErasuresPage, "/", "/", { held: ["admin", "viewer"] });
  await userEvent.click(await screen.findByRole("button", { name: said.withdrawLabel("Alice (alice@contoso.example)") }));
  const question = within(await screen.findByRole("alertdialog", { name: said.withdrawTitle("Alice (alice@contoso.example)") }));
  expect(asked.some(({ what }) => what.startsWith("DELETE"))).toBe(false);
  await userEvent.click(question.getByRole("button", { name: said.withdraw }));
  await waitFor(() => { expect(asked.some(({ what }) => what.startsWith("DELETE"))).toBe(true); });
});
