import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { holdsQuery, logHeadQuery } from "../../api/auditlog";
import { type Erasure, erasuresQuery, useApproveErasure, useAskErasure, useWithdrawErasure } from "../../api/erasures";
import { grantsQuery } from "../../api/grants";
import { connectedPeopleQuery, type FoundPerson, seenPeopleQuery } from "../../api/people";
import { includes } from "../../api/roles";
import { sessionQuery } from "../../api/session";
import { erasures as said } from "../../messages/erasures";
import { Asking } from "../../shell/Asking";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { ApproveErasure } from "./ApproveErasure";
import { calledOf, type ErasureActs, ErasuresView } from "./ErasuresView";
import { RequestErasure } from "./RequestErasure";

type Asked = { what: "request" } | { what: "approve" | "withdraw"; erasure: Erasure };

/** Who is to be erased from the log, who approves it, and how far it is. */
export function ErasuresPage() {
  const { organization, held } = usePlace();
  const org = organization.slug;
  const [asked, setAsked] = useState<Asked>();
  const [list, holds, head, session] = [useQuery(erasuresQuery(org)), useQuery(holdsQuery(org)), useQuery(logHeadQuery(org)), useQuery(sessionQuery)];
  const { people, nameOf } = useNames(org, includes(held, "auditor") && asked?.what === "request");
  const [request, approve, withdraw] = [useAskErasure(org), useApproveErasure(org), useWithdrawErasure(org)];
  const tell = useTell();
  const me = session.data?.oid ?? "";
  const close = () => {
    request.reset();
    approve.reset();
    setAsked(undefined);
  };
  const act: ErasureActs = {
    me,
    owner: includes(held, "owner"),
    request: () => { setAsked({ what: "request" }); },
    approve: (erasure) => { setAsked({ what: "approve", erasure }); },
    withdraw: (erasure) => { setAsked({ what: "withdraw", erasure }); },
  };
  return (
    <>
      <ErasuresView
        organization={organization.name}
        list={list.data}
        trouble={list.error && !list.data ? troubleOf(list.error) : undefined}
        again={() => { void list.refetch(); }}
        held={(holds.data?.length ?? 0) > 0}
        size={head.data?.size}
        now={list.dataUpdatedAt}
        nameOf={nameOf}
        act={includes(held, "admin") ? act : undefined}
      />
      {asked?.what === "request" && (
        <RequestErasure
          people={people}
          busy={request.isPending}
          trouble={request.error ? troubleOf(request.error) : undefined}
          onSubmit={(body) => { request.mutate(body, { onSuccess: () => { close(); tell(said.requested, { text: said.requestedText }); } }); }}
          onCancel={close}
        />
      )}
      {asked?.what === "approve" && (
        <ApproveErasure
          erasure={asked.erasure}
          me={me}
          nameOf={nameOf}
          busy={approve.isPending}
          trouble={approve.error ? troubleOf(approve.error) : undefined}
          onSubmit={(again) => { approve.mutate({ id: asked.erasure.id, ...again }, { onSuccess: () => { close(); tell(said.approvedNow); } }); }}
          onCancel={close}
        />
      )}
      {asked?.what === "withdraw" && (
        <Asking
          title={said.withdrawTitle(calledOf(asked.erasure, nameOf))}
          action={said.withdraw}
          texts={said.withdrawTexts}
          doing={withdraw}
          input={asked.erasure.id}
          onDone={() => { tell(said.withdrawn); }}
          onClose={close}
        />
      )}
    </>
  );
}

/** Of two people with one name, the user name tells who is who. */
const wholeName = ({ oid, name, username }: FoundPerson) => (name && username ? `${name} (${username})` : name || oid);

/** People by their object IDs. Those whom only the log knows are read when somebody looks for one: the log notes it. */
function useNames(org: string, searching: boolean) {
  const connected = useQuery(connectedPeopleQuery(org)).data ?? [];
  const seen = useQuery({ ...seenPeopleQuery(org), enabled: searching }).data ?? [];
  const grants = useQuery(grantsQuery(org)).data ?? [];
  const people = new Map([...seen, ...connected].map((person) => [person.oid, wholeName(person)]));
  for (const { grantee, name } of grants) if (grantee.kind === "person" && name && !people.has(grantee.id)) people.set(grantee.id, name);
  return {
    people: [...people].map(([id, name]) => ({ id, name })),
    nameOf: (oid: string) => people.get(oid) ?? oid,
  };
}
