import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
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

const session = { oid: "p1", tid: organization.tid, name: "Alice", guest: false, operator: false, organization: { ...organization, role: "owner" } };

/** Answers everything with a status, unless it is 200. */
const answering = (status: number) => {
  vi.stubGlobal("fetch", ({ url }: Request) => {
    if (status !== 200) {
      return Promise.resolve(Response.json({ type: "about:blank", title: "Refused", status, detail: "not now", instance: "urn:uuid:1" }, { status }));
    }
    return Promise.resolve(Response.json(url.endsWith("/api/session") ? session : organization));
  });
};

function arrive() {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const root = createRootRoute();
  const organizationRoute = createRoute({ getParentRoute: () => root, path: "/o/$org", component: ShellPage });
  const page = createRoute({ getParentRoute: () => organizationRoute, path: "/", component: () => <textarea aria-label="form" /> });
  const router = createRouter({ routeTree: root.addChildren([organizationRoute.addChildren([page])]), history: createMemoryHistory({ initialEntries: ["/o/contoso"] }) });
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
  await userEvent.type(await screen.findByLabelText("form"), "half a role");
  answering(status);
  void queries.invalidateQueries();
  expect(await screen.findByRole("alert")).toHaveTextContent(status === 401 ? messages.unread.signIn : messages.unread.text);
  expect(screen.getByLabelText("form")).toHaveValue("half a role");
  if (status === 401) expect(screen.getByRole("link", { name: messages.failure.signIn })).toHaveAttribute("target", "_blank");
  answering(200);
  await userEvent.click(screen.getByRole("button", { name: messages.retry }));
  await vi.waitFor(() => { expect(screen.queryByRole("alert")).toBeNull(); });
  expect(screen.getByLabelText("form")).toHaveValue("half a role");
});

test("without an answer there is no page", async () => {
  answering(503);
  arrive();
  expect(await screen.findByText("Not now.")).toBeVisible();
  expect(screen.queryByLabelText("form")).toBeNull();
});
