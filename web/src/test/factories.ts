import type { Alert } from "../api/alerts";
import type { SeenApp } from "../api/apps";
import type { Connection } from "../api/connections";
import type { Organization } from "../api/organization";

let made = 0;
const id = () => `00000000-0000-4000-8000-${String(++made).padStart(12, "0")}`;

export function connection(with_: Partial<Connection> = {}): Connection {
  return {
    id: id(),
    person: { oid: id(), name: "Alice", username: "alice@contoso.example", guest: false },
    client: "ghr_cursor",
    software: "cursor",
    name: "Cursor",
    answersTo: "127.0.0.1",
    remembered: false,
    entraSignInKept: true,
    madeAt: "2026-11-01T09:00:00Z",
    usedAt: "2026-11-20T09:00:00Z",
    ...with_,
  };
}

export function alert(with_: Partial<Alert> = {}): Alert {
  return { id: id(), kind: "source_failing", severity: "warning", title: "A source fails", text: "It does not answer.", since: "2026-11-20T09:00:00Z", deliveries: [], ...with_ };
}

export function seenApp(with_: Partial<SeenApp> = {}): SeenApp {
  return {
    software: id(),
    verified: false,
    signsIn: "gatehouse",
    listed: true,
    waits: false,
    firstAt: "2026-11-01T09:00:00Z",
    lastAt: "2026-11-20T09:00:00Z",
    connections: 1,
    people: 1,
    registrations: 1,
    registrationIds: [],
    ...with_,
  };
}

export const organization: Organization = {
  id: "00000000-0000-4000-8000-0000000000aa",
  slug: "contoso",
  name: "Contoso",
  tid: "00000000-0000-4000-8000-0000000000bb",
  state: "active",
} as Organization;
