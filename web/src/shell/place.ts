import { createContext, use } from "react";
import type { Organization } from "../api/organization";
import type { Role } from "../api/roles";

/** Where somebody is, and what they are there. */
export interface Place {
  organization: Organization;
  held: readonly Role[]; // the roles that decide what is shown
  visiting: boolean; // as an operator whom the organization has let look
}

export const PlaceContext = createContext<Place | null>(null);

/** The place of a page within an organization. */
export function usePlace(): Place {
  const place = use(PlaceContext);
  if (!place) throw new Error("a page stands outside of its organization");
  return place;
}
