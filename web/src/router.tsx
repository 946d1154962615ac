import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { assignmentsSearch, explorerSearch, matrixSearch, rolesSearch } from "./pages/access/search";
import { readSearch } from "./pages/audit/search";
import { readDefinition } from "./pages/sources/selection";
import { readFilter } from "./pages/tools/filter";
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

// Access.
const toolRoles = createRoute({
  getParentRoute: () => organization,
  path: "/access/roles",
  validateSearch: rolesSearch,
  component: lazyRouteComponent(() => import("./pages/access/RolesPage"), "RolesPage"),
});
const matrix = createRoute({
  getParentRoute: () => organization,
  path: "/access/matrix",
  validateSearch: matrixSearch,
  component: lazyRouteComponent(() => import("./pages/access/MatrixPage"), "MatrixPage"),
});
const assignments = createRoute({
  getParentRoute: () => organization,
  path: "/access/assignments",
  validateSearch: assignmentsSearch,
  component: lazyRouteComponent(() => import("./pages/access/AssignmentsPage"), "AssignmentsPage"),
});
const maximum = createRoute({
  getParentRoute: () => organization,
  path: "/access/maximum",
  component: lazyRouteComponent(() => import("./pages/access/MaximumPage"), "MaximumPage"),
});
const explorer = createRoute({
  getParentRoute: () => organization,
  path: "/access/explorer",
  validateSearch: explorerSearch,
  component: lazyRouteComponent(() => import("./pages/access/ExplorerPage"), "ExplorerPage"),
});
const access = [toolRoles, matrix, assignments, maximum, explorer] as const;

// Of whoever has signed in.
const me = createRoute({
  getParentRoute: () => organization,
  path: "/me",
  component: lazyRouteComponent(() => import("./pages/me/MePage"), "MePage"),
});

// Audit.
const audit = createRoute({
  getParentRoute: () => organization,
  path: "/audit",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("./pages/audit/AuditPage"), "AuditPage"),
});
const auditExports = createRoute({
  getParentRoute: () => organization,
  path: "/audit/exports",
  component: lazyRouteComponent(() => import("./pages/audit/ExportsPage"), "ExportsPage"),
});
const auditVerify = createRoute({
  getParentRoute: () => organization,
  path: "/audit/verify",
  component: lazyRouteComponent(() => import("./pages/audit/VerifyPage"), "VerifyPage"),
});
const auditAccess = createRoute({
  getParentRoute: () => organization,
  path: "/audit/access-report",
  component: lazyRouteComponent(() => import("./pages/audit/AccessReportPage"), "AccessReportPage"),
});
const auditEvidence = createRoute({
  getParentRoute: () => organization,
  path: "/audit/evidence",
  component: lazyRouteComponent(() => import("./pages/audit/EvidencePage"), "EvidencePage"),
});

const auditing = [audit, auditExports, auditVerify, auditAccess, auditEvidence] as const;

type AuditPages = "/o/$org/audit" | "/o/$org/audit/exports" | "/o/$org/audit/verify" | "/o/$org/audit/access-report" | "/o/$org/audit/evidence";

const routeTree = root.addChildren([organization.addChildren([overview, ...people, ...access, me, ...auditing])]);

/** Where the pages of an organization are. */
export type Pages =
  | "/o/$org"
  | "/o/$org/people/connections"
  | `/o/$org/access/${"roles" | "matrix" | "assignments" | "maximum" | "explorer"}`
  | AuditPages;
// Tools.
const sources = createRoute({
  getParentRoute: () => organization,
  path: "/tools/sources",
  component: lazyRouteComponent(() => import("./pages/sources/SourcesPage"), "SourcesPage"),
});
const source = createRoute({
  getParentRoute: () => organization,
  path: "/tools/sources/$source",
  validateSearch: readDefinition,
  component: lazyRouteComponent(() => import("./pages/sources/SourcePage"), "SourcePage"),
});
const toolList = createRoute({
  getParentRoute: () => organization,
  path: "/tools",
  validateSearch: readFilter,
  component: lazyRouteComponent(() => import("./pages/tools/ToolsPage"), "ToolsPage"),
});
const tool = createRoute({
  getParentRoute: () => organization,
  path: "/tools/$tool",
  component: lazyRouteComponent(() => import("./pages/tools/ToolPage"), "ToolPage"),
});

const tools = [sources, source, toolList, tool] as const;

const routeTree = root.addChildren([organization.addChildren([overview, ...people, ...tools])]);

/** Where the pages of an organization are. */
export type Pages = "/o/$org" | "/o/$org/people/connections" | "/o/$org/tools" | "/o/$org/tools/sources";

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
