import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { people } from "../../messages/people";
import { settings } from "../../messages/settings";
import { PlaceContext } from "../../shell/place";
import { organization } from "../../test/factories";
import { said as answers, serve } from "../../test/serve";
import { show } from "../../test/show";
import { GrantDialog } from "./GrantDialog";

afterEach(() => {
  vi.unstubAllGlobals();
});

const said = settings.roles;

function grant(onSave: (body: unknown) => void) {
  show(
    <QueryClientProvider client={new QueryClient()}>
      <PlaceContext value={{ organization: { ...organization, slug: "contoso" }, held: ["owner"], visiting: false }}>
        <GrantDialog busy={false} trouble={undefined} onSave={onSave} onCancel={() => undefined} />
      </PlaceContext>
    </QueryClientProvider>,
  );
}

test("a role is granted to somebody who is found by name, and brings it", async () => {
  const dan = { oid: "33333333-3333-4333-8333-333333333333", name: "Dan Doe", username: "dan@contoso.example", guest: false };
  serve({ "GET /api/organizations/contoso/people": () => answers({ items: [dan] }), "GET /api/session": () => answers({}) });
  const onSave = vi.fn();
  grant(onSave);
  await userEvent.click(screen.getByRole("button", { name: said.add }));
  expect(screen.getByText(people.missing)).toBeVisible();
  expect(onSave).not.toHaveBeenCalled();
  await userEvent.type(screen.getByRole("combobox", { name: people.label }), "dan");
  await userEvent.click(await screen.findByRole("option", { name: /dan@contoso/ }));
  expect(screen.getByLabelText(said.name)).toHaveValue("Dan Doe");
  await userEvent.type(screen.getByLabelText(said.name), ", audits");
  expect(screen.getByRole("combobox", { name: people.label })).toHaveValue("Dan Doe");
  await userEvent.click(screen.getByRole("button", { name: said.add }));
  expect(onSave).toHaveBeenCalledExactlyOnceWith({ role: "auditor", grantee: { kind: "person", id: dan.oid }, name: "Dan Doe, audits", endsAt: undefined });
});

test("an application is named by its object ID", async () => {
  serve({});
  const onSave = vi.fn();
  grant(onSave);
  await userEvent.selectOptions(screen.getByLabelText(said.kind), said.kinds.app);
  await userEvent.click(screen.getByRole("button", { name: said.add }));
  expect(screen.getByText(said.idMissing)).toBeVisible();
  await userEvent.type(screen.getByLabelText(/^Object ID/), " 22222222-2222-4222-8222-222222222222 ");
  await userEvent.click(screen.getByRole("button", { name: said.add }));
  expect(onSave.mock.calls[0]?.[0]).toMatchObject({ grantee: { kind: "app", id: "22222222-2222-4222-8222-222222222222" } });
});
