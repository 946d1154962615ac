import { useState } from "react";
import { includes } from "../../api/roles";
import { type SupportAccess, supportQuery, useApproveSupport, useRevokeSupport } from "../../api/support";
import { settings } from "../../messages/settings";
import { Asking } from "../../shell/Asking";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { useListed } from "./listed";
import { SupportDialog } from "./SupportDialog";
import { SupportView } from "./SupportView";

const said = settings.support;

/** Which operators of the platform may look inside. */
export function SupportPage() {
  const { organization, held } = usePlace();
  const { slug } = organization;
  const list = useListed(supportQuery(slug));
  const approve = useApproveSupport(slug);
  const revoke = useRevokeSupport(slug);
  const [approving, setApproving] = useState<SupportAccess | null>(null);
  const [revoking, setRevoking] = useState<SupportAccess | null>(null);
  const tell = useTell();
  const stop = () => {
    approve.reset();
    setApproving(null);
  };
  const name = revoking?.operator.name ?? "";
  const ending = revoking?.state === "approved";
  return (
    <>
      <SupportView list={list} act={includes(held, "owner") ? { approve: setApproving, revoke: setRevoking } : undefined} />
      {approving && (
        <SupportDialog
          access={approving}
          busy={approve.isPending}
          trouble={approve.error ? troubleOf(approve.error) : undefined}
          onCancel={stop}
          onApprove={(hours) => {
            approve.mutate({ id: approving.id, hours }, { onSuccess: () => { stop(); tell(said.approved(approving.operator.name)); } });
          }}
        />
      )}
      {revoking && (
        <Asking
          title={ending ? said.endTitle(name) : said.refuseTitle(name)}
          action={ending ? said.end : said.refuse}
          texts={ending ? said.endTexts : said.refuseTexts}
          doing={revoke}
          input={revoking.id}
          onDone={() => { tell(ending ? said.ended(name) : said.refused(name)); }}
          onClose={() => { setRevoking(null); }}
        />
      )}
    </>
  );
}
