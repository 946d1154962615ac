import { useState } from "react";
import { readRecording, type Recording, recordingsQuery, useCreateRecording, useDeleteRecording, useUpdateRecording } from "../../api/recordings";
import { includes } from "../../api/roles";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import { Asking } from "../../shell/Asking";
import { useEditing } from "../../shell/editing";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { BodyGrants } from "./BodyGrants";
import { useListed } from "./listed";
import { RecordingDialog } from "./RecordingDialog";
import { RecordingView } from "./RecordingView";

const said = settings.recording;

/** What the log keeps of calls, and who may read it. */
export function RecordingPage() {
  const { organization, held } = usePlace();
  const { slug } = organization;
  const list = useListed(recordingsQuery(slug));
  const create = useCreateRecording(slug);
  const editing = useEditing((id) => readRecording(slug, id), useUpdateRecording(slug));
  const remove = useDeleteRecording(slug);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Recording | null>(null);
  const tell = useTell();
  const act = includes(held, "admin") ? { add: () => { setAdding(true); }, edit: (r: Recording) => { editing.open(r.name); }, remove: setRemoving } : undefined;
  const stop = () => {
    create.reset();
    setAdding(false);
  };
  return (
    <>
      <RecordingView list={list} unread={editing.unread} act={act} />
      <BodyGrants />
      {adding && (
        <RecordingDialog
          busy={create.isPending}
          trouble={create.error ? troubleOf(create.error) : undefined}
          onCancel={stop}
          onSave={(name, body) => {
            create.mutate({ name, ...body }, { onSuccess: () => { stop(); tell(said.added(name)); } });
          }}
        />
      )}
      {editing.value && (
        <RecordingDialog
          recording={editing.value}
          busy={editing.busy}
          trouble={editing.trouble}
          onCancel={editing.close}
          onSave={(_, body) => { editing.save(body, () => { tell(settings.saved, { text: settings.savedText }); }); }}
        />
      )}
      {removing && (
        <Asking
          title={said.removeTitle(removing.name)}
          action={messages.remove}
          texts={said.removeTexts}
          doing={remove}
          input={removing.name}
          onDone={() => { tell(said.removed(removing.name)); }}
          onClose={() => { setRemoving(null); }}
        />
      )}
    </>
  );
}
