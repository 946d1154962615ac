import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { me } from "../messages/me";
import { visit } from "../test/page";
import { refused, said, serve } from "../test/serve";
import { ShellPage } from "./ShellPage";

afterEach(() => {
  vi.unstubAllGlobals();
});

const session = (slug: string) => said({ name: "Alice", oid: "o", tid: "t", guest: false, operator: false, organization: { slug, name: "Contoso", role: "owner", roles: ["owner"] } });

test("a page of another organization leads to its sign-in", async () => {
  serve({ "GET /api/session": session("contoso") });
  visit(ShellPage, "/o/$org", "/o/fabrikam");
  const way = await screen.findByRole("link", { name: me.signIn });
  expect(way.getAttribute("href")).toMatch(/^\/auth\/sign-in\?tenant=fabrikam&return=%2F/);
});

test.each([
  ["one's own that is gone", "fabrikam", 404],
  ["another that fails", "contoso", 503],
])("no way to a sign-in is offered at %s", async (_, own, status) => {
  serve({ "GET /api/session": session(own), "GET /api/organizations/fabrikam": refused(status, "there is nothing to see") });
  visit(ShellPage, "/o/$org", "/o/fabrikam");
  expect(await screen.findByText(/There is nothing to see/)).toBeVisible();
  expect(screen.queryByText(me.elsewhere)).toBeNull();
});
