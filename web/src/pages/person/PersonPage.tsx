import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type Connection, useRevokeConnection } from "../../api/connections";
import { grantsQuery } from "../../api/grants";
import { authorizationsQuery, personConnectionsQuery, type SourceAuthorization, useRevokeAuthorization } from "../../api/person";
import { includes } from "../../api/roles";
import { person as said } from "../../messages/apps";
import { connections as ended } from "../../messages/connections";
import { Asking } from "../../shell/Asking";
import { CutOffBar } from "../../shell/CutOffBar";
import { CutOffDialog } from "../../shell/CutOffDialog";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { Membership, useKnown } from "./Membership";
import { grantsOf, inForce } from "./grants";
import { PersonView } from "./PersonView";

/** One person: what acts for them, what is known of their groups, and the end of it. */
export function PersonPage() {
  const { organization, held } = usePlace();
  const { slug } = organization;
  const { oid } = useParams({ from: "/o/$org/people/$oid" });
  const connections = useQuery(personConnectionsQuery(slug, oid));
  const authorizations = useQuery(authorizationsQuery(slug, oid));
  const grants = useQuery(grantsQuery(slug));
  const revoke = useRevokeConnection(slug);
  const end = useRevokeAuthorization(slug);
  const [asked, setAsked] = useState<Connection | null>(null);
  const [ending, setEnding] = useState<SourceAuthorization | null>(null);
  const [everything, setEverything] = useState(false);
  const tell = useTell();
  const [now] = useState(() => Date.now());
  const granted = grantsOf(grants.data ?? [], oid);
  const known = connections.data?.[0]?.person ?? authorizations.data?.[0]?.person;
  const guest = connections.data?.[0]?.person.guest ?? false;
  const membership = useKnown(oid, guest, connections.data?.[0]?.software, connections.isSuccess);
  const name = known?.name ?? (membership?.data?.caller.name || granted[0]?.name || oid);
  const failed = connections.error ?? authorizations.error;
  const admin = includes(held, "admin");
  return (
    <>
      <PersonView
        organization={organization.name}
        person={{ oid, name, username: known?.username, guest }}
        roles={inForce(granted, now).map((grant) => grant.role)}
        notice={<CutOffBar kind="person" subject={oid} />}
        connections={connections.data}
        authorizations={authorizations.data}
        trouble={failed ? troubleOf(failed) : undefined}
        again={() => { void Promise.all([connections.refetch(), authorizations.refetch()]); }}
        act={admin ? { revoke: setAsked, end: setEnding, everything: () => { setEverything(true); } } : undefined}
        membership={membership && <Membership known={membership} />}
      />
      {asked && (
        <Asking
          title={ended.question(asked.name, name)}
          action={said.revoke}
          texts={[ended.consequence, ended.later]}
          doing={revoke}
          input={asked.id}
          onDone={(wasThere) => { tell(ended.done(asked.name, name), { text: wasThere ? ended.doneText : ended.already }); }}
          onClose={() => { setAsked(null); }}
        />
      )}
      {ending && (
        <Asking
          title={said.endTitle(ending.sourceName, name)}
          action={said.revoke}
          texts={said.endTexts}
          doing={end}
          input={ending.id}
          onDone={() => { tell(said.ended(ending.sourceName)); }}
          onClose={() => { setEnding(null); }}
        />
      )}
      {everything && (
        <CutOffDialog
          title={said.revokeTitle(name)}
          consequences={said.consequences}
          what={{ kind: "person", subject: oid }}
          onDone={() => { tell(said.revoked(name)); }}
          onClose={() => { setEverything(false); }}
        />
      )}
    </>
  );
}
