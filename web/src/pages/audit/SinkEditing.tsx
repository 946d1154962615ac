import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { includes, type Role } from "../../api/roles";
import { type ReadSink, readSink, type Sink, useCreateSink, useGiveSinkSecret, useRemoveSink, useRenewSinkSecret, useTestSink, useUpdateSink } from "../../api/sinks";
import { sinks as said } from "../../messages/sinks";
import { Asking } from "../../shell/Asking";
import { useEditing } from "../../shell/editing";
import { troubleOf } from "../../trouble";
import type { Trouble } from "../../ui/Failure";
import { SecretDialog } from "../../ui/SecretDialog";
import { useTell } from "../../ui/tell";
import { SinkDialog } from "./SinkDialog";
import { mayGive, wantsSecret } from "./sinkdraft";
import type { SinkActs } from "./Sinks";
import { SinkSecretDialog } from "./SinkSecretDialog";

interface Editing {
  act: SinkActs | undefined;
  unread: Trouble | undefined;
  dialogs: ReactNode;
}

/** What somebody may do with sinks, and the dialogs of it. */
export function useSinkEditing(org: string, held: readonly Role[]): Editing {
  const owner = includes(held, "owner");
  const create = useCreateSink(org);
  const editing = useEditing((name) => readSink(org, name), useUpdateSink(org));
  const giving = useEditing((name) => readSink(org, name), useGiveSinkSecret(org));
  const [remove, renew, test] = [useRemoveSink(org), useRenewSinkSecret(org), useTestSink(org)];
  const reading = useMutation({ mutationFn: (name: string) => readSink(org, name), gcTime: 0 });
  const [adding, setAdding] = useState(false);
  const [renewing, setRenewing] = useState<string>();
  const [removing, setRemoving] = useState<ReadSink>();
  const [shown, setShown] = useState<{ name: string; secret: string }>();
  const tell = useTell();

  const stop = () => {
    create.reset();
    setAdding(false);
  };
  /** One that can take nothing without its secret is given it next. */
  const next = (sink: Sink) => {
    if (wantsSecret(sink) && mayGive(sink, owner)) giving.open(sink.name);
  };
  const tryOut = (name: string) => {
    test.mutate(name, {
      onSuccess: ({ arrived, trouble }) => { tell(arrived ? said.arrivedTest(name) : said.failedTest(name), { text: trouble, intent: arrived ? "success" : "error" }); },
      onError: (error) => {
        const { title, text } = troubleOf(error);
        tell(title, { text, intent: "error" });
      },
    });
  };
  const act: SinkActs = {
    owner,
    testing: test.isPending ? test.variables : undefined,
    add: () => { setAdding(true); },
    edit: ({ name }) => { editing.open(name); },
    give: ({ name }) => { giving.open(name); },
    renew: ({ name }) => { setRenewing(name); },
    test: ({ name }) => { tryOut(name); },
    remove: ({ name }) => { reading.mutate(name, { onSuccess: ({ tag }) => { setRemoving({ name, tag }); } }); },
  };
  const dialogs = (
    <>
      {adding && (
        <SinkDialog
          owner={owner}
          busy={create.isPending}
          trouble={create.error ? troubleOf(create.error) : undefined}
          onCancel={stop}
          onSave={(name, body) => {
            create.mutate({ name, ...body }, {
              onSuccess: (made) => {
                stop();
                tell(said.added(name));
                if (made.secret) setShown({ name, secret: made.secret });
                next(made);
              },
            });
          }}
        />
      )}
      {editing.value && (
        <SinkDialog
          sink={editing.value}
          owner={owner}
          busy={editing.busy}
          trouble={editing.trouble}
          onCancel={editing.close}
          onSave={(_, body) => {
            editing.save(body, (sink) => {
              tell(said.saved(sink.name), { text: said.savedText });
              next(sink);
            });
          }}
        />
      )}
      {giving.value && (
        <SinkSecretDialog
          sink={giving.value}
          busy={giving.busy}
          trouble={giving.trouble}
          onCancel={giving.close}
          onSave={(secret) => { giving.save(secret, ({ name }) => { tell(said.given(name)); }); }}
        />
      )}
      {renewing && (
        <Asking
          title={said.renewTitle(renewing)}
          action={said.renew}
          texts={said.renewTexts}
          doing={renew}
          input={renewing}
          onDone={({ secret }) => { setShown({ name: renewing, secret }); }}
          onClose={() => { setRenewing(undefined); }}
        />
      )}
      {removing && (
        <Asking
          title={said.removeTitle(removing.name)}
          action={said.remove}
          texts={said.removeTexts}
          typed={removing.name}
          doing={remove}
          input={removing}
          onDone={() => { tell(said.removed(removing.name)); }}
          onClose={() => { setRemoving(undefined); }}
        />
      )}
      {shown && <SecretDialog title={said.shownTitle(shown.name)} text={said.shownText} fields={[[said.shownLabel, shown.secret]]} onClose={() => { setShown(undefined); }} />}
    </>
  );
  const refused = editing.unread ?? giving.unread ?? (reading.error ? troubleOf(reading.error) : undefined);
  return { act: includes(held, "admin") ? act : undefined, unread: refused, dialogs };
}
