import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { KnownSink, Sink, SinkStatus } from "../../api/sinks";
import { messages } from "../../messages/common";
import { sinks as said } from "../../messages/sinks";
import { refused, said as answered, serve } from "../../test/serve";
import { show } from "../../test/show";
import { visit } from "../../test/page";
import { EvidencePage } from "./EvidencePage";
import { SinkDialog } from "./SinkDialog";
import { complaintsOf, draftOf, settingsOf, wantsSecret } from "./sinkdraft";
import { actionsOf, type SinkActs, Sinks } from "./Sinks";

afterEach(() => {
  vi.unstubAllGlobals();
});

const nothing = () => undefined;
const sink = (rest: Partial<Sink> = {}): Sink => ({ id: "00000000-0000-4000-8000-000000000001", name: "archive", kind: "storage", url: "https://a.blob.core.windows.net/log", checkpoints: true, everySeconds: 3600, hasSecret: true, ...rest });
const known = (rest: Partial<Sink>, status: SinkStatus): KnownSink => ({ sink: sink(rest), status });
const acts = (owner: boolean): SinkActs => ({ owner, testing: undefined, add: nothing, edit: nothing, give: nothing, renew: nothing, test: nothing, remove: nothing });

test("the list says what arrived last, what fails since when, and how far a sink is behind", () => {
  const list = [
    known({ records: true, format: "ocsf" }, { state: "failing", trouble: "It answers 403.", failingSince: "2026-11-20T09:00:00Z", nextAt: "2026-11-20T09:10:00Z", arrivedAt: "2026-11-20T08:00:00Z", records: { next: 7, lag: 1234, delivered: 6 } }),
    known({ id: "00000000-0000-4000-8000-000000000002", name: "collector", kind: "otlp", header: "Authorization", hasSecret: false }, { state: "waiting" }),
  ];
  show(<Sinks sinks={list} again={nothing} unread={undefined} act={undefined} />);
  const failing = within(screen.getByRole("row", { name: /archive/ }));
  for (const text of [said.states.failing, "It answers 403.", said.failingSince("Nov 20, 2026, 09:00:00"), said.nextAt("Nov 20, 2026, 09:10:00"), "Nov 20, 2026, 08:00:00", "1,234 records behind", said.delivered(6), said.recordsAs("ocsf"), "Checkpoints every hour"]) {
    expect(failing.getByText(text)).toBeVisible();
  }
  expect(within(screen.getByRole("row", { name: /collector/ })).getByText(said.needsSecret)).toBeVisible();
  expect(screen.queryByRole("button")).toBeNull();
});

test("a secret that says whose the records are is an owner's to give", () => {
  const names = (one: Sink, owner: boolean) => actionsOf(one, acts(owner)).map(({ text }) => text);
  expect(names(sink(), false)).toEqual([said.test, messages.edit, said.give, messages.remove]);
  expect(names(sink({ kind: "webhook" }), false)).toEqual([said.test, messages.edit, said.renew, messages.remove]);
  expect(names(sink({ kind: "syslog", records: true }), false)).toEqual([said.test, messages.edit, messages.remove]);
  expect(names(sink({ kind: "syslog", records: true }), true)).toContain(said.give);
  expect(names(sink({ kind: "sentinel", records: true }), true)).toEqual([said.test, messages.edit, messages.remove]);
});

test("what only another kind has is left out, and what was read is sent as it was", () => {
  const full = { ...draftOf(undefined), email: "a@b.example", url: "https://x.example", keyId: "k", region: "r", rule: "dcr", stream: "s", header: "h", store: "s3" as const, records: true, format: "ocsf" as const };
  const sent = (kind: Sink["kind"]) => settingsOf({ ...full, kind });
  const usual = { checkpoints: true, records: true, everySeconds: 3600 };
  expect(sent("mailbox")).toEqual({ ...usual, kind: "mailbox", records: false, email: "a@b.example" });
  expect(sent("webhook")).toEqual({ ...usual, kind: "webhook", format: "ocsf", url: "https://x.example" });
  expect(sent("storage")).toEqual({ ...usual, kind: "storage", format: "ocsf", url: "https://x.example", keyId: "k", region: "r" });
  expect(sent("sentinel")).toEqual({ ...usual, kind: "sentinel", format: "ocsf", url: "https://x.example", rule: "dcr", stream: "s" });
  expect(sent("otlp")).toEqual({ ...usual, kind: "otlp", format: "ocsf", url: "https://x.example", header: "h" });
  expect(sent("syslog")).toEqual({ ...usual, kind: "syslog", url: "https://x.example" });
  expect(settingsOf(draftOf(sink({ everySeconds: 330 })))).toEqual({ kind: "storage", url: "https://a.blob.core.windows.net/log", checkpoints: true, records: false, everySeconds: 330 });
  expect(complaintsOf({ ...full, kind: "mailbox", checkpoints: false, email: "nobody", minutes: "3" })).toEqual(["email", "nothing"]);
  expect(complaintsOf({ ...full, kind: "webhook", minutes: "3" })).toEqual(["minutes"]);
  expect([wantsSecret(sink({ hasSecret: false })), wantsSecret(sink({ kind: "syslog", hasSecret: false })), wantsSecret(sink({ kind: "sentinel", hasSecret: false })), wantsSecret(sink())]).toEqual([true, false, false, false]);
});

test("an admin who is no owner has records brought to nobody new", async () => {
  const { unmount } = show(<SinkDialog owner={false} busy={false} trouble={undefined} onSave={nothing} onCancel={nothing} />);
  await userEvent.selectOptions(screen.getByLabelText(said.kind), "webhook");
  expect(screen.getByLabelText(said.getsRecords)).toBeDisabled();
  expect(screen.getByText(said.getsRecordsOwners)).toBeVisible();
  unmount();
  show(<SinkDialog sink={sink({ records: true })} owner={false} busy={false} trouble={undefined} onSave={nothing} onCancel={nothing} />);
  expect(screen.getByLabelText(said.getsRecords)).toBeEnabled();
});

test("nothing is saved that would be sent nothing, or has no mailbox", async () => {
  const onSave = vi.fn();
  show(<SinkDialog owner busy={false} trouble={undefined} onSave={onSave} onCancel={nothing} />);
  await userEvent.type(screen.getByLabelText(/^Name/), "auditors");
  await userEvent.click(screen.getByLabelText(said.getsCheckpoints));
  await userEvent.click(screen.getByRole("button", { name: said.add }));
  expect(screen.getByText(said.emailWrong)).toBeVisible();
  expect(screen.getByText(said.getsNothing)).toBeVisible();
  expect(onSave).not.toHaveBeenCalled();
  await userEvent.click(screen.getByLabelText(said.getsCheckpoints));
  await userEvent.type(screen.getByLabelText(/^Mailbox/), "auditors@contoso.example");
  await userEvent.click(screen.getByRole("button", { name: said.add }));
  expect(onSave).toHaveBeenCalledExactlyOnceWith("auditors", { kind: "mailbox", email: "auditors@contoso.example", checkpoints: true, records: false, everySeconds: 3600 });
});

const api = "/api/organizations/contoso";
const log = { retentionMonths: 13, bodyDays: 30 };
const rest = { [`GET ${api}/log`]: answered({ size: 10, first: 0, waiting: 0, lagSeconds: 0, keys: [] }), [`GET ${api}/holds`]: answered({ items: [] }) };
const place = { organization: { id: "o", slug: "contoso", name: "Contoso", tid: "t", state: "active", log } as never, held: ["owner", "admin", "auditor", "viewer"] as const };

test("a sink that needs a secret is given it next, and a clash keeps what was typed", async () => {
  let puts = 0;
  const asked = serve({
    ...rest,
    [`GET ${api}/sinks`]: answered({ items: [sink({ hasSecret: false })] }),
    [`GET ${api}/sink-statuses`]: answered({ items: [{ sink: "archive", state: "working" }] }),
    [`POST ${api}/sinks`]: answered(sink({ name: "lake", hasSecret: false }), '"9"', 201),
    [`GET ${api}/sinks/lake`]: answered(sink({ name: "lake", hasSecret: false }), '"9"'),
    [`PUT ${api}/sinks/lake/credential`]: () => (puts++ === 0 ? refused(412, "it was changed") : answered(sink({ name: "lake" }))),
  });
  visit(EvidencePage, "/", "/", { ...place, held: [...place.held] });
  await userEvent.click(await screen.findByRole("button", { name: said.add }));
  let dialog = within(screen.getByRole("dialog"));
  await userEvent.type(dialog.getByLabelText(/^Name/), "lake");
  await userEvent.selectOptions(dialog.getByLabelText(said.kind), "storage");
  await userEvent.type(dialog.getByLabelText(/^URL of the container/), "https://a.blob.core.windows.net/log");
  await userEvent.click(dialog.getByRole("button", { name: said.add }));
  await screen.findByRole("dialog", { name: said.secretTitle("lake") });
  dialog = within(screen.getByRole("dialog"));
  await userEvent.type(dialog.getByLabelText(/^Shared access signature/), "sig=a");
  await userEvent.click(dialog.getByRole("button", { name: said.give }));
  await dialog.findByText(messages.clashTitle);
  expect(dialog.getByLabelText(/^Shared access signature/)).toHaveValue("sig=a");
  await waitFor(() => { expect(asked.filter(({ what }) => what === `GET ${api}/sinks/lake`)).toHaveLength(2); });
  await userEvent.click(dialog.getByRole("button", { name: said.give }));
  await waitFor(() => { expect(screen.queryByRole("dialog")).toBeNull(); });
  const [post] = asked.filter(({ what }) => what.startsWith("POST"));
  expect(post?.key).toBeTruthy();
  expect(asked.filter(({ what }) => what.endsWith("/credential")).map(({ tag, body }) => [tag, body])).toEqual([['"9"', { secret: "sig=a" }], ['"9"', { secret: "sig=a" }]]);
});

test("the name of a sink is typed before it goes, as it was read", async () => {
  const asked = serve({
    ...rest,
    [`GET ${api}/sinks`]: answered({ items: [sink()] }),
    [`GET ${api}/sink-statuses`]: answered({ items: [] }),
    [`GET ${api}/sinks/archive`]: answered(sink(), '"4"'),
    [`DELETE ${api}/sinks/archive`]: () => new Response(null, { status: 204 }),
  });
  visit(EvidencePage, "/", "/", { ...place, held: [...place.held] });
  await userEvent.click(await screen.findByRole("button", { name: said.removeLabel("archive") }));
  const question = within(await screen.findByRole("alertdialog"));
  await userEvent.click(question.getByRole("button", { name: said.remove }));
  expect(asked.some(({ what }) => what.startsWith("DELETE"))).toBe(false);
  await userEvent.type(question.getByLabelText(messages.typeToConfirm("archive")), "archive");
  await userEvent.click(question.getByRole("button", { name: said.remove }));
  await waitFor(() => { expect(asked.find(({ what }) => what.startsWith("DELETE"))?.tag).toBe('"4"'); });
});
