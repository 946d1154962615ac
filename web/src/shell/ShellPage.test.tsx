import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { messages } from "../messages/common";
import { organization } from "../test/factories";
import { show } from "../test/show";
import { ShellPage } from "./ShellPage";

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const session = { oid: "p1", tid: organization.tid, name: "Alice", guest: false, operator: false, organization: { ...organization, role: "owner", roles: ["owner"] } };

/** Answers everything with a status, unless it is 200. */
const answering = (status: number) => {
  vi.stubGlobal("fetch", ({ url }: Request) => {
    if (status !== 200) {
      return Promise.resolve(Response.json({ type: "about:blank", title: "Refused", status, detail: "not now", instance: "urn:uuid:1" }, { status }));
    }
    return Promise.resolve(Response.json(url.endsWith("/api/session") ? session : organization));
  });
};

function arrive(at = "/o/contoso") {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const root = createRootRoute();
  const organizationRoute = createRoute({ getParentRoute: () => root, path: "/o/$org", component: ShellPage });
  const settings = createRoute({ getParentRoute: () => organizationRoute, path: "/settings/", component: () => <p>settings</p> });
  const page = createRoute({ getParentRoute: () => organizationRoute, path: "/", component: () => <textarea aria-label="form" /> });
  const router = createRouter({ routeTree: root.addChildren([organizationRoute.addChildren([page, settings])]), history: createMemoryHistory({ initialEntries: [at] }) });
  show(
    <QueryClientProvider client={queries}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
  return queries;
}

test.each([429, 503, 401])("what somebody types stays when a reading behind it gets %i", async (status) => {
  answering(200);
  const queries = arrive();
  fireEvent.change(await screen.findByLabelText("form"), { target: { value: "half a role" } });
  answering(status);
  void queries.invalidateQueries();
  expect(await screen.findByRole("alert")).toHaveTextContent(status === 401 ? messages.unread.signIn : messages.unread.text);
  expect(screen.getByLabelText("form")).toHaveValue("half a role");
  if (status === 401) expect(screen.getByText(messages.failure.signIn).closest("a")).toHaveAttribute("target", "_blank");
  answering(200);
  fireEvent.click(screen.getByText(messages.retry));
  await waitFor(() => { expect(screen.queryByRole("alert")).toBeNull(); });
  expect(screen.getByLabelText("form")).toHaveValue("half a role");
});

test("without an answer there is no page", async () => {
  answering(503);
  arrive();
  expect(await screen.findByText("Not now.")).toBeVisible();
  expect(screen.queryByLabelText("form")).toBeNull();
});

const deleted = { ...organization, state: "deleted", deletedAt: "2026-11-20T09:00:00Z" };

/** Answers with an organization that was deleted, to somebody with these roles. */
const gone = (roles: string[]) => {
  vi.stubGlobal("fetch", ({ url }: Request) => Promise.resolve(Response.json(url.endsWith("/api/session") ? { ...session, organization: { ...deleted, role: roles[0], roles } } : deleted)));
};

test("of an organization that was deleted only the settings are shown, which restore it", async () => {
  gone(["owner"]);
  arrive();
  expect(await screen.findByText(messages.gone.title(organization.name))).toBeVisible();
  expect(screen.queryByLabelText("form")).toBeNull();
  expect(screen.getByRole("link", { name: messages.gone.action })).toHaveAttribute("href", "/o/contoso/settings");
  const pages = screen.getAllByRole("navigation", { name: messages.navigation.label }).flatMap((nav) => [...nav.querySelectorAll("a")].map((link) => link.textContent));
  expect(new Set(pages)).toEqual(new Set([messages.navigation.settings, messages.navigation.api]));
});

test("the settings of an organization that was deleted are there", async () => {
  gone(["viewer"]);
  arrive("/o/contoso/settings");
  expect(await screen.findByText("settings")).toBeVisible();
  expect(screen.queryByText(messages.gone.title(organization.name))).toBeNull();
});

test("whoever has no role in an organization that was deleted reads whom to ask", async () => {
  gone([]);
  arrive();
  expect(await screen.findByText(messages.gone.askOwner)).toBeVisible();
  expect(screen.queryByText(messages.noRole.title)).toBeNull();
});
