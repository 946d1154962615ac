/** What can be looked at one by one: the steps of the management API, and the first call. */
export const placeIds = ["sign_in", "ownership", "permissions", "connection", "credential", "consent", "doctor", "first_mapping", "checkpoints", "done", "first_call"] as const;
export type PlaceId = (typeof placeIds)[number];

export const ways = ["portal", "create", "snippets"] as const;
export type Way = (typeof ways)[number];

/** What of the page can be sent to a colleague. Without a step it is the one whose turn it is. */
export interface SetupSearch {
  step?: PlaceId;
  way?: Way;
}

export function setupSearch(search: Record<string, unknown>): SetupSearch {
  return { step: placeIds.find((id) => id === search.step), way: ways.find((way) => way === search.way) };
}
