import { useState } from "react";
import { grantsQuery, readGrant, type RoleGrant, useCreateGrant, useDeleteGrant, useUpdateGrant } from "../../api/grants";
import { includes } from "../../api/roles";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import { Asking } from "../../shell/Asking";
import { useEditing } from "../../shell/editing";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { GrantDialog } from "./GrantDialog";
import { granteeName, GrantsView } from "./GrantsView";
import { useListed } from "./listed";

const said = settings.roles;

/** Who may do what in this console; owners decide it. */
export function GrantsPage() {
  const { organization, held } = usePlace();
  const { slug } = organization;
  const list = useListed(grantsQuery(slug));
  const create = useCreateGrant(slug);
  const editing = useEditing((id) => readGrant(slug, id), useUpdateGrant(slug));
  const remove = useDeleteGrant(slug);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<RoleGrant | null>(null);
  const tell = useTell();
  const act = includes(held, "owner") ? { add: () => { setAdding(true); }, edit: (g: RoleGrant) => { editing.open(g.id); }, remove: setRemoving } : undefined;
  const stop = () => {
    create.reset();
    setAdding(false);
  };
  return (
    <>
      <GrantsView list={list} unread={editing.unread} act={act} />
      {adding && (
        <GrantDialog
          busy={create.isPending}
          trouble={create.error ? troubleOf(create.error) : undefined}
          onCancel={stop}
          onSave={(body) => {
            create.mutate(body, { onSuccess: (made) => { stop(); tell(said.added(messages.roles[made.role], granteeName(made))); } });
          }}
        />
      )}
      {editing.value && (
        <GrantDialog
          grant={editing.value}
          busy={editing.busy}
          trouble={editing.trouble}
          onCancel={editing.close}
          onSave={(body) => {
            editing.save(body, () => { tell(settings.saved, { text: settings.savedText }); });
          }}
        />
      )}
      {removing && (
        <Asking
          title={said.removeTitle(messages.roles[removing.role], granteeName(removing))}
          action={messages.remove}
          texts={said.removeTexts}
          doing={remove}
          input={removing.id}
          onDone={() => { tell(said.removed(messages.roles[removing.role], granteeName(removing))); }}
          onClose={() => { setRemoving(null); }}
        />
      )}
    </>
  );
}
