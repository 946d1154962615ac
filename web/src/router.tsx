import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { assignmentsSearch, explorerSearch, matrixSearch, rolesSearch } from "./pages/access/search";
import { readSearch } from "./pages/audit/search";
import { readSpan } from "./pages/overview/span";
import { readDefinition } from "./pages/sources/selection";
import { readFilter } from "./pages/tools/filter";
import { type SetupSearch, setupSearch } from "./pages/setup/search";
import { ShellPage } from "./shell/ShellPage";
import { Crashed, Lost } from "./ui/Failure";
import { Loading } from "./ui/Loading";

const root = createRootRoute({ notFoundComponent: Lost });

const organization = createRoute({ getParentRoute: () => root, path: "/o/$org", component: ShellPage });

const overview = createRoute({
  getParentRoute: () => organization,
  path: "/",
  validateSearch: readSpan,
  component: lazyRouteComponent(() => import("./pages/overview/OverviewPage"), "OverviewPage"),
});

// Setting up.
const register = createRoute({
  getParentRoute: () => root,
  path: "/o",
  component: lazyRouteComponent(() => import("./pages/register/RegisterPage"), "RegisterPage"),
});
const setup = createRoute({
  getParentRoute: () => organization,
  path: "/setup",
  validateSearch: (search: Record<string, unknown>): SetupSearch => setupSearch(search),
  component: lazyRouteComponent(() => import("./pages/setup/SetupPage"), "SetupPage"),
});

// People and AI apps.
const connections = createRoute({
  getParentRoute: () => organization,
  path: "/people/connections",
  component: lazyRouteComponent(() => import("./pages/connections/ConnectionsPage"), "ConnectionsPage"),
});

const apps = createRoute({
  getParentRoute: () => organization,
  path: "/people/apps",
  validateSearch: (search: Record<string, unknown>): { app?: string } => (typeof search.app === "string" ? { app: search.app } : {}),
  component: lazyRouteComponent(() => import("./pages/apps/AppsPage"), "AppsPage"),
});

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
const requests = createRoute({
  getParentRoute: () => organization,
  path: "/people/requests",
  component: lazyRouteComponent(() => import("./pages/requests/RequestsPage"), "RequestsPage"),
});


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

const auditErasures = createRoute({
  getParentRoute: () => organization,
  path: "/audit/erasures",
  component: lazyRouteComponent(() => import("./pages/audit/ErasuresPage"), "ErasuresPage"),
});

const auditing = [audit, auditExports, auditVerify, auditAccess, auditEvidence, auditErasures] as const;

type AuditPages = "/o/$org/audit" | `/o/$org/audit/${"exports" | "verify" | "access-report" | "evidence" | "erasures"}`;

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

const registered = createRoute({
  getParentRoute: () => organization,
  path: "/people/apps/registered",
  validateSearch: (search: Record<string, unknown>): { client?: string } => (typeof search.client === "string" ? { client: search.client } : {}),
  component: lazyRouteComponent(() => import("./pages/apps/RegisteredPage"), "RegisteredPage"),
});

const person = createRoute({
  getParentRoute: () => organization,
  path: "/people/$oid",
  component: lazyRouteComponent(() => import("./pages/person/PersonPage"), "PersonPage"),
});

const people = [connections, apps, registered, person, requests] as const;

// Settings.
const settings = createRoute({ getParentRoute: () => organization, path: "/settings", component: lazyRouteComponent(() => import("./pages/settings/SettingsPage"), "SettingsPage") });

const settingsPages = [
  createRoute({ getParentRoute: () => settings, path: "/", component: lazyRouteComponent(() => import("./pages/settings/GeneralPage"), "GeneralPage") }),
  createRoute({ getParentRoute: () => settings, path: "/connection", component: lazyRouteComponent(() => import("./pages/settings/DirectoryPage"), "DirectoryPage") }),
  createRoute({ getParentRoute: () => settings, path: "/sign-in", component: lazyRouteComponent(() => import("./pages/settings/SignInPage"), "SignInPage") }),
  createRoute({ getParentRoute: () => settings, path: "/limits", component: lazyRouteComponent(() => import("./pages/settings/LimitsPage"), "LimitsPage") }),
  createRoute({ getParentRoute: () => settings, path: "/recording", component: lazyRouteComponent(() => import("./pages/settings/RecordingPage"), "RecordingPage") }),
  createRoute({ getParentRoute: () => settings, path: "/roles", component: lazyRouteComponent(() => import("./pages/settings/GrantsPage"), "GrantsPage") }),
  createRoute({ getParentRoute: () => settings, path: "/contacts", component: lazyRouteComponent(() => import("./pages/settings/ContactsPage"), "ContactsPage") }),
  createRoute({ getParentRoute: () => settings, path: "/support", component: lazyRouteComponent(() => import("./pages/settings/SupportPage"), "SupportPage") }),
] as const;

// The platform, for its operators.
const platform = createRoute({
  getParentRoute: () => root,
  path: "/operator",
  component: lazyRouteComponent(() => import("./shell/OperatorPage"), "OperatorPage"),
});

/** A text of the address, if it is one. */
const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

const operated = createRoute({
  getParentRoute: () => platform,
  path: "/",
  validateSearch: (search: Record<string, unknown>): { support?: string } => ({ support: text(search.support) }),
  component: lazyRouteComponent(() => import("./pages/operator/OrganizationsPage"), "OrganizationsPage"),
});

const slugs = createRoute({ getParentRoute: () => platform, path: "/slugs", component: lazyRouteComponent(() => import("./pages/operator/SlugsPage"), "SlugsPage") });

const queues = createRoute({
  getParentRoute: () => platform,
  path: "/queues",
  validateSearch: (search: Record<string, unknown>): { queue?: string } => ({ queue: text(search.queue) }),
  component: lazyRouteComponent(() => import("./pages/operator/QueuesPage"), "QueuesPage"),
});

const health = createRoute({ getParentRoute: () => platform, path: "/health", component: lazyRouteComponent(() => import("./pages/operator/HealthPage"), "HealthPage") });

const routeTree = root.addChildren([
  register,
  platform.addChildren([operated, slugs, queues, health]),
  organization.addChildren([overview, ...people, ...access, me, ...auditing, ...tools, settings.addChildren(settingsPages), setup]),
]);

/** Where the pages of an organization are. */
export type Pages =
  | "/o/$org"
  | "/o/$org/people/connections"
  | `/o/$org/access/${"roles" | "matrix" | "assignments" | "maximum" | "explorer"}`
  | AuditPages
  | "/o/$org/tools"
  | "/o/$org/tools/sources"
  | "/o/$org/people/apps"
  | "/o/$org/settings"
  | "/o/$org/setup"
  | "/o/$org/people/requests";

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
