import { MessageBar, MessageBarBody, MessageBarTitle } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { revocationsQuery } from "../api/person";
import { revoking as said } from "../messages/revoking";
import { troubleOf } from "../trouble";
import { Failure } from "../ui/Failure";
import { usePlace } from "./place";

const full = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "medium" });

/** Says that somebody or something was cut off, while that is in force. */
export function CutOffBar({ kind, subject }: { kind: "person" | "client"; subject: string }) {
  const { organization } = usePlace();
  const cuts = useQuery(revocationsQuery(organization.slug));
  const last = cuts.data?.find((cut) => cut.kind === kind && cut.subject?.toLowerCase() === subject.toLowerCase());
  if (cuts.error && !cuts.data) return <Failure trouble={troubleOf(cuts.error)} again={() => void cuts.refetch()} />;
  if (!last) return null;
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{said.cutOff(full.format(new Date(last.madeAt)))}</MessageBarTitle> {said.cutOffText}
        {last.by?.name && (
          <>
            {" "}
            {said.by} <bdi>{last.by.name}</bdi>.
          </>
        )}
        {last.reason && (
          <>
            {" "}
            {said.why} <bdi>{last.reason}</bdi>
          </>
        )}
      </MessageBarBody>
    </MessageBar>
  );
}
