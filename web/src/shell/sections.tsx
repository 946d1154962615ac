import { AppsListRegular, ArrowDownloadRegular, DocumentCheckmarkRegular, DocumentSearchRegular, EraserRegular, GridRegular, HomeRegular, LinkRegular, PeopleSearchRegular, PeopleTeamRegular, PersonKeyRegular, PersonQuestionMarkRegular, QuestionCircleRegular, ServerLinkRegular, SettingsRegular, ShieldCheckmarkRegular, ShieldRegular, TaskListLtrRegular, WrenchRegular } from "@fluentui/react-icons";
import type { ReactNode } from "react";
import type { Role } from "../api/roles";
import { messages } from "../messages/common";
import type { Pages } from "../router";

interface Entry {
  to: Pages;
  text: string;
  icon: ReactNode;
  needs: Role; // whom it is shown to; what they may do there the server decides
}

interface Section {
  title?: string;
  entries: Entry[];
}

const said = messages.navigation;

/** The pages of an organization, as the navigation lists them. */
export const sections: Section[] = [
  {
    entries: [
      { to: "/o/$org", text: said.overview, icon: <HomeRegular />, needs: "viewer" },
      { to: "/o/$org/setup", text: said.setup, icon: <TaskListLtrRegular />, needs: "viewer" },
    ],
  },
  {
    title: said.tools,
    entries: [
      { to: "/o/$org/tools", text: said.toolList, icon: <WrenchRegular />, needs: "viewer" },
      { to: "/o/$org/tools/sources", text: said.sources, icon: <ServerLinkRegular />, needs: "viewer" },
    ],
  },
  {
    title: said.access,
    entries: [
      { to: "/o/$org/access/roles", text: said.toolRoles, icon: <PersonKeyRegular />, needs: "viewer" },
      { to: "/o/$org/access/matrix", text: said.matrix, icon: <GridRegular />, needs: "viewer" },
      { to: "/o/$org/access/assignments", text: said.assignments, icon: <PeopleTeamRegular />, needs: "viewer" },
      { to: "/o/$org/access/maximum", text: said.maximum, icon: <ShieldRegular />, needs: "viewer" },
      { to: "/o/$org/access/explorer", text: said.explorer, icon: <QuestionCircleRegular />, needs: "viewer" },
    ],
  },
  {
    title: said.people,
    entries: [
      { to: "/o/$org/people/apps", text: said.apps, icon: <AppsListRegular />, needs: "viewer" },
      { to: "/o/$org/people/connections", text: said.connections, icon: <LinkRegular />, needs: "viewer" },
      { to: "/o/$org/people/requests", text: said.requests, icon: <PersonQuestionMarkRegular />, needs: "admin" },
    ],
  },
  {
    title: said.audit,
    entries: [
      { to: "/o/$org/audit", text: said.auditLog, icon: <DocumentSearchRegular />, needs: "auditor" },
      { to: "/o/$org/audit/access-report", text: said.auditAccess, icon: <PeopleSearchRegular />, needs: "auditor" },
      { to: "/o/$org/audit/exports", text: said.auditExports, icon: <ArrowDownloadRegular />, needs: "auditor" },
      { to: "/o/$org/audit/verify", text: said.auditVerify, icon: <DocumentCheckmarkRegular />, needs: "auditor" },
      { to: "/o/$org/audit/evidence", text: said.auditEvidence, icon: <ShieldCheckmarkRegular />, needs: "viewer" },
      { to: "/o/$org/audit/erasures", text: said.auditErasures, icon: <EraserRegular />, needs: "viewer" },
    ],
  },
  { title: said.organization, entries: [{ to: "/o/$org/settings", text: said.settings, icon: <SettingsRegular />, needs: "viewer" }] },
];
