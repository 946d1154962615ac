import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import type { FoundGroup } from "../api/groups";
import type { FoundPerson } from "../api/people";
import { assignments } from "../messages/assignments";
import { people as said } from "../messages/people";
import { organization } from "../test/factories";
import { refused, said as answers, serve } from "../test/serve";
import { show } from "../test/show";
import type { Chosen } from "../ui/DirectoryPicker";
import { GroupPicker } from "./GroupPicker";
import { GroupPickerView, kindOf } from "./GroupPickerView";
import { PersonPicker } from "./PersonPicker";
import { PersonPickerView } from "./PersonPickerView";
import { PlaceContext } from "./place";

afterEach(() => {
  vi.unstubAllGlobals();
});

const nothing = () => undefined;
const picker = { text: "Fin", chosen: undefined, busy: false, failure: undefined, complaint: undefined, again: nothing, onText: nothing, onChoose: nothing };
const groups = { ...picker, groups: undefined, found: undefined, people: undefined };
const finance: FoundGroup = { id: "11111111-1111-4111-8111-111111111111", name: "Finance", kind: "security", dynamic: false, roleAssignable: false, synced: true };
const alice: FoundPerson = { oid: "33333333-3333-4333-8333-333333333333", name: "Alice", username: "alice@contoso.example", guest: false };
const pasted = "22222222-2222-4222-8222-222222222222";
const unasked = { consent: true, trouble: { title: "Not allowed", text: "No." } };
const { picker: group } = assignments;

test("a group is chosen by the keyboard", async () => {
  const onChoose = vi.fn();
  show(<GroupPickerView {...groups} groups={[finance]} onChoose={onChoose} />);
  await userEvent.type(screen.getByRole("combobox", { name: group.label }), "{ArrowDown}{ArrowDown}{Enter}");
  expect(onChoose).toHaveBeenCalledWith({ id: finance.id, name: "Finance" });
});

test("a group shows its kind, and once it is chosen how many people it has", async () => {
  const { unmount } = show(<GroupPickerView {...groups} groups={[finance]} />);
  await userEvent.click(screen.getByRole("combobox"));
  expect(screen.getByRole("option", { name: /Finance/ })).toHaveTextContent(`${group.kinds.security} · ${group.synced}`);
  unmount();
  show(<GroupPickerView {...groups} chosen={finance} found={finance} people={1204} />);
  expect(screen.getByText(`${group.kinds.security} · ${group.synced} · ${group.people(1204)} · ${group.objectId(finance.id)}`)).toBeVisible();
  expect(kindOf({ ...finance, kind: "microsoft365", dynamic: true, roleAssignable: true, synced: false })).toBe(`${group.kinds.microsoft365} · ${group.dynamic} · ${group.roleAssignable}`);
});

test("without the directory the group picker says so, and takes an object ID", async () => {
  const onChoose = vi.fn();
  const { rerender } = show(<GroupPickerView {...groups} failure={unasked} />);
  expect(screen.getByRole("alert")).toHaveTextContent(group.consentText);
  expect(screen.getByRole("link", { name: group.agree })).toHaveAttribute("href", expect.stringContaining("/auth/sign-in?scopes=groups&return="));
  rerender(<GroupPickerView {...groups} text={pasted} onChoose={onChoose} />);
  await userEvent.type(screen.getByRole("combobox", { name: group.label }), "{ArrowDown}{ArrowDown}{Enter}");
  expect(onChoose).toHaveBeenCalledWith({ id: pasted, name: "" });
});

test("somebody is chosen by the keyboard, and shows their user name and that they are a guest", async () => {
  const onChoose = vi.fn();
  const erin: FoundPerson = { oid: pasted, name: "Alice", username: "alice@fabrikam.example", guest: true };
  show(<PersonPickerView {...picker} people={[alice, erin]} onChoose={onChoose} />);
  await userEvent.click(screen.getByRole("combobox", { name: said.label }));
  const [first, second] = screen.getAllByRole("option");
  expect(first).toHaveTextContent("alice@contoso.example");
  expect(second).toHaveTextContent(`alice@fabrikam.example · ${said.guest}`);
  await userEvent.keyboard("{ArrowDown}{Enter}");
  expect(onChoose).toHaveBeenCalledExactlyOnceWith({ id: pasted, name: "Alice" });
});

const at = "/api/organizations/contoso";

function Box() {
  const [chosen, setChosen] = useState<Chosen>();
  return <GroupPicker chosen={chosen} complaint={undefined} onChoose={setChosen} />;
}

/** The box within an organization, as whoever a session is of. */
function arrive(box: React.ReactNode, guest = false, visiting = false) {
  const queries = new QueryClient();
  queries.setQueryData(["session"], { oid: "p1", tid: organization.tid, name: "Carol", guest, operator: false });
  show(
    <QueryClientProvider client={queries}>
      <PlaceContext value={{ organization: { ...organization, slug: "contoso" }, held: ["owner"], visiting }}>{box}</PlaceContext>
    </QueryClientProvider>,
  );
  return screen.getByRole("combobox");
}

test("the directory is asked once for what is typed at a stretch", async () => {
  const onChoose = vi.fn();
  const log = serve({ [`GET ${at}/people`]: () => answers({ items: [alice] }) });
  const box = arrive(<PersonPicker chosen={undefined} complaint={undefined} onChoose={onChoose} />);
  for (const value of ["a", "al", "alic"]) fireEvent.change(box, { target: { value } });
  await userEvent.click(box);
  await userEvent.click(await screen.findByRole("option", { name: /alice@contoso/ }));
  expect(log.map(({ what, query }) => `${what} ${query.get("search") ?? ""}`)).toEqual([`GET ${at}/people alic`]);
  expect(onChoose).toHaveBeenLastCalledWith({ id: alice.oid, name: "Alice" }, alice);
});

test("who was found for another text is not offered for this one", async () => {
  const bob = { ...alice, oid: pasted, name: "Bob", username: "bob@contoso.example" };
  serve({ [`GET ${at}/people`]: ({ query }) => answers({ items: query.get("search") === "b" ? [bob] : [] }) });
  const box = arrive(<PersonPicker chosen={undefined} complaint={undefined} onChoose={nothing} />);
  fireEvent.change(box, { target: { value: "b" } });
  await userEvent.click(box);
  await screen.findByRole("option", { name: /bob@contoso/ });
  fireEvent.change(box, { target: { value: "alice" } });
  expect(screen.queryByRole("option", { name: /bob@contoso/ })).toBeNull();
});

test("who is known is offered without the directory, which says what it lacks", async () => {
  const log = serve({ [`GET ${at}/people`]: () => refused(403, "not allowed") });
  const box = arrive(<PersonPicker chosen={undefined} known={[alice]} complaint={undefined} onChoose={nothing} />);
  await userEvent.type(box, "contoso");
  expect(await screen.findByText(said.consentText, { exact: false })).toBeVisible();
  expect(screen.getByRole("option", { name: /Alice/ })).toBeVisible();
  expect(log).toHaveLength(1);
});

test("a guest is not sent to a consent that does not help", async () => {
  serve({ [`GET ${at}/people`]: () => refused(403, "not allowed") });
  const box = arrive(<PersonPicker chosen={undefined} complaint={undefined} onChoose={nothing} />, true);
  await userEvent.type(box, "alice");
  expect(await screen.findByText(said.failedText, { exact: false })).toBeVisible();
  expect(screen.queryByRole("link", { name: said.agree })).toBeNull();
});

test("an object ID is taken as it is pasted, and an operator searches nobody", async () => {
  const onChoose = vi.fn();
  const log = serve({});
  const box = arrive(<PersonPicker chosen={undefined} known={[alice]} complaint={undefined} onChoose={onChoose} />, false, true);
  await userEvent.click(box);
  await userEvent.paste(` ${pasted} `);
  expect(onChoose).toHaveBeenLastCalledWith({ id: pasted, name: "" });
  await userEvent.clear(box);
  await userEvent.type(box, "alice");
  expect(await screen.findByRole("option", { name: /Alice/ })).toBeVisible();
  expect(onChoose).toHaveBeenLastCalledWith(undefined);
  expect(log).toEqual([]);
});

test("how many people there are is asked of the chosen group only", async () => {
  const staff = { ...finance, id: pasted, name: "Staff" };
  const log = serve({ [`GET ${at}/groups`]: () => answers({ items: [finance, staff] }), [`GET ${at}/groups/people`]: () => answers({ people: 12 }) });
  const box = arrive(<Box />);
  await userEvent.type(box, "s");
  await userEvent.click(await screen.findByRole("option", { name: /Staff/ }));
  await waitFor(() => { expect(log.map(({ what }) => what)).toEqual([`GET ${at}/groups`, `GET ${at}/groups/people`]); });
  expect(await screen.findByText(group.people(12), { exact: false })).toBeVisible();
});
