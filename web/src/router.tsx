import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { ShellPage } from "./shell/ShellPage";
import { Crashed, Lost } from "./ui/Failure";
import { Loading } from "./ui/Loading";

const root = createRootRoute({ notFoundComponent: Lost });

const organization = createRoute({ getParentRoute: () => root, path: "/o/$org", component: ShellPage });

const overview = createRoute({
  getParentRoute: () => organization,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/overview/OverviewPage"), "OverviewPage"),
});

// People and AI apps.
const connections = createRoute({
  getParentRoute: () => organization,
  path: "/people/connections",
  component: lazyRouteComponent(() => import("./pages/connections/ConnectionsPage"), "ConnectionsPage"),
});

const people = [connections] as const;

const routeTree = root.addChildren([organization.addChildren([overview, ...people])]);

/** Where the pages of an organization are. */
export type Pages = "/o/$org" | "/o/$org/people/connections";

export const router = createRouter({
  routeTree,
  defaultErrorComponent: Crashed,
  defaultNotFoundComponent: Lost,
  defaultPendingComponent: Loading,
  scrollRestoration: false, // it would keep places in the browser's storage
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
