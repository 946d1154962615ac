import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { LogHead } from "../../api/auditlog";
import { logCountsQuery } from "../../api/auditrecords";
import type { Organization } from "../../api/organization";
import { includes, type Role } from "../../api/roles";
import { asItIs, readSettings, useKeepLonger, useUpdateOrganization } from "../../api/state";
import { retention as said } from "../../messages/retention";
import { Asking } from "../../shell/Asking";
import { useEditing } from "../../shell/editing";
import type { Trouble } from "../../ui/Failure";
import { useTell } from "../../ui/tell";
import { older } from "./retention";
import type { RetentionActs, Taken } from "./RetentionCard";
import { RetentionDialog } from "./RetentionDialog";

interface Editing {
  act: RetentionActs | undefined;
  unread: Trouble | undefined;
  dialogs: ReactNode;
}

/** What somebody may do about how long the log is kept, and the dialogs of it. */
export function useRetentionEditing({ slug, name }: Organization, held: readonly Role[], head: LogHead | undefined, onHold: boolean): Editing {
  const editing = useEditing(readSettings, useUpdateOrganization(slug));
  const keep = useKeepLonger(slug);
  const [taking, setTaking] = useState<Taken>();
  const tell = useTell();
  const opened = editing.value;
  const mayCount = includes(held, "auditor");
  // Counted once, by month, however often the number is changed: that it was read is in the log.
  const counts = useQuery({ ...logCountsQuery(slug, {}, "month"), enabled: mayCount && opened !== undefined });
  const counted = (oldest: number) => {
    if (!mayCount) return said.uncounted(head ? head.size - head.first : 0);
    if (counts.error) return said.notCounted;
    if (!counts.data) return said.counting;
    const { gone, all } = older(counts.data.found, oldest);
    return said.counted(gone, all, counts.data.partial);
  };
  const [now, setNow] = useState(() => Date.now());
  const act: RetentionActs = {
    edit: () => {
      setNow(Date.now());
      editing.open(slug);
    },
    takeBack: setTaking,
  };
  const dialogs = (
    <>
      {opened && (
        <RetentionDialog
          organization={opened}
          held={onHold}
          now={now}
          counted={counted}
          busy={editing.busy}
          trouble={editing.trouble}
          onCancel={editing.close}
          onSave={(log) => {
            const less = log.retentionMonths < opened.log.retentionMonths || log.bodyDays < opened.log.bodyDays;
            editing.save({ ...asItIs(opened), log }, () => { tell(said.saved, { text: less ? said.shortened : undefined }); });
          }}
        />
      )}
      {taking && (
        <Asking title={said.keepTitle(name)} action={taking === "months" ? said.keepAction : said.keepDaysAction} texts={said.keepTexts} doing={keep} input={taking} onDone={() => { tell(said.tookBack); }} onClose={() => { setTaking(undefined); }} />
      )}
    </>
  );
  return { act: includes(held, "admin") ? act : undefined, unread: editing.unread, dialogs };
}
