import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { includes } from "../../api/roles";
import { type Added, sourcesQuery, statusesQuery, useAddSource } from "../../api/sources";
import { sources as said } from "../../messages/sources";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { AddSourceDialog } from "./AddSourceDialog";
import { SourcesView } from "./SourcesView";

/** The sources of an organization, and a new one. */
export function SourcesPage() {
  const { organization, held } = usePlace();
  const org = organization.slug;
  const list = useQuery(sourcesQuery(org));
  const statuses = useQuery(statusesQuery(org));
  const add = useAddSource(org);
  const [adding, setAdding] = useState(false);
  const tell = useTell();
  const navigate = useNavigate();
  const router = useRouter();
  const open = (source: string) => {
    void navigate({ to: "/o/$org/tools/sources/$source", params: { org, source } });
  };
  const done = ({ source, unfinished }: Added) => {
    setAdding(false);
    if (unfinished) tell(said.adding.unfinished(source.name), { text: troubleOf(unfinished).text, intent: "warning" });
    else tell(said.adding.added(source.name), { text: said.adding.addedText });
    open(source.name);
  };
  const error = list.error ?? statuses.error;
  return (
    <>
      <SourcesView
        organization={organization.name}
        sources={list.data}
        statuses={statuses.data}
        trouble={error ? troubleOf(error) : undefined}
        again={() => {
          void list.refetch();
          void statuses.refetch();
        }}
        addressOf={(source) => router.buildLocation({ to: "/o/$org/tools/sources/$source", params: { org, source } }).href}
        onOpen={open}
        onAdd={
          includes(held, "admin")
            ? () => {
                add.reset();
                setAdding(true);
              }
            : undefined
        }
      />
      {adding && (
        <AddSourceDialog
          busy={add.isPending}
          trouble={add.error ? troubleOf(add.error) : undefined}
          onAdd={(source, credential) => {
            add.mutate({ source, credential }, { onSuccess: done });
          }}
          onCancel={() => {
            setAdding(false);
          }}
        />
      )}
    </>
  );
}
