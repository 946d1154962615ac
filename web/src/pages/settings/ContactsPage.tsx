import { useState } from "react";
import { type Contact, contactsQuery, readContact, useCreateContact, useDeleteContact, useRenewContactSecret, useTestContact, useUpdateContact } from "../../api/contacts";
import { includes } from "../../api/roles";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import { Asking } from "../../shell/Asking";
import { useEditing } from "../../shell/editing";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { SecretDialog } from "../../ui/SecretDialog";
import { useTell } from "../../ui/tell";
import { ContactDialog } from "./ContactDialog";
import { ContactsView } from "./ContactsView";
import { useListed } from "./listed";

const said = settings.contacts;

/** Who is told what needs attention. */
export function ContactsPage() {
  const { organization, held } = usePlace();
  const { slug } = organization;
  const list = useListed(contactsQuery(slug));
  const create = useCreateContact(slug);
  const editing = useEditing((id) => readContact(slug, id), useUpdateContact(slug));
  const remove = useDeleteContact(slug);
  const renew = useRenewContactSecret(slug);
  const test = useTestContact(slug);
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<{ what: "remove" | "renew"; name: string } | null>(null);
  const [secret, setSecret] = useState<{ name: string; text: string } | null>(null);
  const tell = useTell();
  const stop = () => {
    create.reset();
    setAdding(false);
  };
  const tryOut = ({ name }: Contact) => {
    test.mutate(name, {
      onSuccess: ({ arrived, trouble }) => { tell(arrived ? said.arrived(name) : said.notArrived(name), { text: trouble, intent: arrived ? "success" : "error" }); },
    });
  };
  const act = {
    add: () => { setAdding(true); },
    edit: (c: Contact) => { editing.open(c.name); },
    remove: (c: Contact) => { setAsked({ what: "remove", name: c.name }); },
    renew: (c: Contact) => { setAsked({ what: "renew", name: c.name }); },
    test: tryOut,
  };
  const unable = editing.unread ?? (test.error ? troubleOf(test.error) : undefined);
  const over = () => { setAsked(null); };
  return (
    <>
      <ContactsView list={list} unread={unable} act={includes(held, "admin") ? act : undefined} />
      {adding && (
        <ContactDialog
          busy={create.isPending}
          trouble={create.error ? troubleOf(create.error) : undefined}
          onCancel={stop}
          onSave={(name, body) => {
            create.mutate({ name, ...body }, {
              onSuccess: (made) => {
                stop();
                tell(said.added(name));
                if (made.secret) setSecret({ name, text: made.secret });
              },
            });
          }}
        />
      )}
      {editing.value && (
        <ContactDialog
          contact={editing.value}
          busy={editing.busy}
          trouble={editing.trouble}
          onCancel={editing.close}
          onSave={(_, body) => { editing.save(body, () => { tell(settings.saved, { text: settings.savedText }); }); }}
        />
      )}
      {asked?.what === "remove" && (
        <Asking
          title={said.removeTitle(asked.name)}
          action={messages.remove}
          texts={said.removeTexts}
          doing={remove}
          input={asked.name}
          onDone={() => { tell(said.removed(asked.name)); }}
          onClose={over}
        />
      )}
      {asked?.what === "renew" && (
        <Asking
          title={said.renewTitle(asked.name)}
          action={said.renew}
          texts={said.renewTexts}
          doing={renew}
          input={asked.name}
          onDone={(made) => { setSecret({ name: asked.name, text: made.secret }); }}
          onClose={over}
        />
      )}
      {secret && <SecretDialog title={said.secretTitle(secret.name)} text={said.secretText} fields={[[said.secretLabel, secret.text]]} onClose={() => { setSecret(null); }} />}
    </>
  );
}
