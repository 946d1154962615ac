import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { includes } from "../../api/roles";
import { type Move, settingsQuery, useMove, useUpdateOrganization } from "../../api/state";
import { settings } from "../../messages/settings";
import { Asking } from "../../shell/Asking";
import { useEditing } from "../../shell/editing";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { Failure } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { useTell } from "../../ui/tell";
import { GeneralDialog } from "./GeneralDialog";
import { GeneralView } from "./GeneralView";
import { useReadSettings } from "./read";

const said = settings.general;

const words = {
  suspend: { title: said.suspendTitle, action: said.suspend, texts: said.suspendTexts, done: said.suspended },
  resume: { title: said.resumeTitle, action: said.resume, texts: said.resumeTexts, done: said.resumed },
  delete: { title: said.removeTitle, action: said.remove, texts: said.removeTexts, done: said.removed },
  restore: { title: said.restoreTitle, action: said.restore, texts: said.restoreTexts, done: said.restored },
} as const;

/** The organization itself, and whether it serves. */
export function GeneralPage() {
  const { organization, held } = usePlace();
  const { slug } = organization;
  const now = useQuery(settingsQuery(slug));
  const read = useReadSettings(slug);
  const editing = useEditing(read, useUpdateOrganization(slug));
  const opening = useMutation({ mutationFn: () => read(), gcTime: 0 });
  const move = useMove(slug);
  const [asked, setAsked] = useState<{ move: Move; tag: string } | null>(null);
  const tell = useTell();
  if (now.error && !now.data) {
    return (
      <Failure
        trouble={troubleOf(now.error)}
        again={() => {
          void now.refetch();
        }}
      />
    );
  }
  if (!now.data) return <Loading />;
  const { value } = now.data;
  const ask = (to: Move) => {
    opening.mutate(undefined, {
      onSuccess: ({ tag }) => {
        setAsked({ move: to, tag });
      },
    });
  };
  return (
    <>
      <GeneralView
        organization={value}
        unread={editing.unread ?? (opening.error ? troubleOf(opening.error) : undefined)}
        onEdit={includes(held, "admin") && value.state !== "deleted" ? () => { editing.open(slug); } : undefined}
        onMove={includes(held, "owner") ? ask : undefined}
      />
      {editing.value && (
        <GeneralDialog
          organization={editing.value}
          busy={editing.busy}
          trouble={editing.trouble}
          onCancel={editing.close}
          onSave={(body) => { editing.save(body, () => { tell(settings.saved, { text: settings.savedText }); }); }}
        />
      )}
      {asked && (
        <Asking
          title={words[asked.move].title(value.name)}
          action={words[asked.move].action}
          texts={words[asked.move].texts}
          typed={asked.move === "delete" ? value.name : undefined}
          doing={move}
          input={asked}
          onDone={() => { tell(words[asked.move].done(value.name)); }}
          onClose={() => { setAsked(null); }}
        />
      )}
    </>
  );
}
