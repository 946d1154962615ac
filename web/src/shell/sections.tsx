import { HomeRegular, LinkRegular } from "@fluentui/react-icons";
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
  { entries: [{ to: "/o/$org", text: said.overview, icon: <HomeRegular />, needs: "viewer" }] },
  { title: said.people, entries: [{ to: "/o/$org/people/connections", text: said.connections, icon: <LinkRegular />, needs: "viewer" }] },
];
