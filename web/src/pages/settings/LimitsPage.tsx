import { useState } from "react";
import { type CallLimit, limitsQuery, readLimit, useCreateLimit, useDeleteLimit, useUpdateLimit } from "../../api/limits";
import { includes } from "../../api/roles";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import { Asking } from "../../shell/Asking";
import { useEditing } from "../../shell/editing";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { LimitDialog } from "./LimitDialog";
import { LimitsView } from "./LimitsView";
import { useListed } from "./listed";

const said = settings.limits;

export function LimitsPage() {
  const { organization, held } = usePlace();
  const { slug } = organization;
  const list = useListed(limitsQuery(slug));
  const create = useCreateLimit(slug);
  const editing = useEditing((id) => readLimit(slug, id), useUpdateLimit(slug));
  const remove = useDeleteLimit(slug);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<CallLimit | null>(null);
  const tell = useTell();
  const act = includes(held, "admin") ? { add: () => { setAdding(true); }, edit: (l: CallLimit) => { editing.open(l.name); }, remove: setRemoving } : undefined;
  const stop = () => {
    create.reset();
    setAdding(false);
  };
  return (
    <>
      <LimitsView list={list} unread={editing.unread} act={act} />
      {adding && (
        <LimitDialog
          busy={create.isPending}
          trouble={create.error ? troubleOf(create.error) : undefined}
          onCancel={stop}
          onSave={(name, body) => {
            create.mutate({ name, ...body }, { onSuccess: () => { stop(); tell(said.added(name)); } });
          }}
        />
      )}
      {editing.value && (
        <LimitDialog
          limit={editing.value}
          busy={editing.busy}
          trouble={editing.trouble}
          onCancel={editing.close}
          onSave={(_, body) => {
            editing.save(body, () => { tell(settings.saved, { text: settings.savedText }); });
          }}
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
