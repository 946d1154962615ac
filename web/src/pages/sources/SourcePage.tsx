import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { type Definition, definitionsQuery, isPlain, toApprove, useApprove, waits } from "../../api/definitions";
import { includes } from "../../api/roles";
import { sourceQuery, statusQuery, useGiveCredential, useRefreshSource, useRemoveSource, useSwitchSource } from "../../api/sources";
import { source as said, sources } from "../../messages/sources";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { CredentialDialog } from "./CredentialDialog";
import { Review } from "./Review";
import { ApproveAllDialog, RemoveDialog } from "./SourceDialogs";
import { type SourceActs, SourceView } from "./SourceView";

const from = "/o/$org/tools/sources/$source";

/** One source: how it does, what it offers, and what is decided about that. */
export function SourcePage() {
  const { organization, held } = usePlace();
  const { source: name } = useParams({ from });
  const { kind, definition } = useSearch({ from });
  const org = organization.slug;
  const found = useQuery(sourceQuery(org, name));
  const status = useQuery(statusQuery(org, name));
  const definitions = useQuery(definitionsQuery(org, name));
  const [refresh, turn, give, remove, approve] = [useRefreshSource(org), useSwitchSource(org, name), useGiveCredential(org, name), useRemoveSource(org, name), useApprove(org, name)];
  const [asked, setAsked] = useState<"credential" | "remove">();
  const [toDecide, setToDecide] = useState<Definition[]>(); // as they were when it was asked about them: what comes later is not approved unread
  const tell = useTell();
  const navigate = useNavigate();
  const router = useRouter();
  const show = (search: { kind?: typeof kind; definition?: string }) => {
    void navigate({ to: from, params: { org, source: name }, search });
  };
  const toList = () => {
    void navigate({ to: "/o/$org/tools/sources", params: { org } });
  };
  const close = () => {
    setAsked(undefined);
    setToDecide(undefined);
  };
  const failed = (error: Error) => {
    const trouble = troubleOf(error);
    tell(trouble.title, { text: trouble.text, intent: "error" });
  };
  const ask = (what: typeof asked) => () => {
    for (const mutation of [give, remove]) mutation.reset();
    setAsked(what);
  };
  const acts: SourceActs = {
    busy: refresh.isPending,
    onRefresh: () => {
      refresh.mutate(name, {
        onSuccess: (report) => {
          tell(said.refreshed(name), { text: said.report(report.offered, report.pending) });
        },
        onError: failed,
      });
    },
    onSwitch: (enabled) => {
      turn.mutate(enabled, {
        onSuccess: () => {
          tell(enabled ? said.turnedOn(name) : said.turnedOff(name), enabled ? {} : { text: said.turnedOffText });
        },
        onError: failed,
      });
    },
    onApproveAll: () => {
      approve.reset();
      setToDecide(definitions.data?.filter(isPlain));
    },
    onCredential: ask("credential"),
    onRemove: ask("remove"),
  };
  const error = found.error ?? status.error;
  const mayDecide = includes(held, "admin");
  return (
    <>
      <SourceView
        organization={organization.name}
        name={name}
        source={found.data}
        status={status.data}
        definitions={definitions.data}
        trouble={error ? troubleOf(error) : undefined}
        troubleOfDefinitions={definitions.error ? troubleOf(definitions.error) : undefined}
        again={() => {
          for (const query of [found, status, definitions]) void query.refetch();
        }}
        back={router.buildLocation({ to: "/o/$org/tools/sources", params: { org } }).href}
        onBack={toList}
        onShow={(d) => {
          show({ kind: d.kind, definition: d.name });
        }}
        acts={mayDecide ? acts : undefined}
      />
      {kind && definition !== undefined && (
        <Review
          key={`${kind} ${definition}`}
          source={name}
          kind={kind}
          definition={definition}
          mayDecide={mayDecide}
          onClose={() => {
            show({});
          }}
        />
      )}
      {toDecide && (
        <ApproveAllDialog
          name={name}
          definitions={toDecide}
          flagged={definitions.data?.filter((d) => waits(d) && d.flags.length > 0).length ?? 0}
          busy={approve.isPending}
          trouble={approve.error ? troubleOf(approve.error) : undefined}
          onConfirm={() => {
            approve.mutate(
              toDecide.flatMap((d) => toApprove(d) ?? []),
              {
                onSuccess: () => {
                  close();
                  tell(said.approved(toDecide.length), { text: said.approvedText });
                },
              },
            );
          }}
          onCancel={close}
        />
      )}
      {asked === "credential" && found.data && (
        <CredentialDialog
          source={found.data}
          busy={give.isPending}
          trouble={give.error ? troubleOf(give.error) : undefined}
          onSave={(credential) => {
            give.mutate(credential, {
              onSuccess: () => {
                close();
                tell(sources.credential.saved, { text: sources.credential.savedText });
              },
            });
          }}
          onCancel={close}
        />
      )}
      {asked === "remove" && (
        <RemoveDialog
          name={name}
          busy={remove.isPending}
          trouble={remove.error ? troubleOf(remove.error) : undefined}
          onConfirm={() => {
            remove.mutate(undefined, {
              onSuccess: () => {
                tell(said.removed(name));
                toList();
              },
            });
          }}
          onCancel={close}
        />
      )}
    </>
  );
}
