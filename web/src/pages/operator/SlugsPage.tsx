import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type ApprovedSlug, slugsQuery, useApproveSlug, useTakeBackSlug } from "../../api/operator";
import { operator } from "../../messages/operator";
import { troubleOf } from "../../trouble";
import { Confirm } from "../../ui/Confirm";
import { Failure } from "../../ui/Failure";
import { useTell } from "../../ui/tell";
import { ApproveSlugDialog } from "./ApproveSlugDialog";
import { SlugsView } from "./SlugsView";

const said = operator.slugs;

/** The slugs that directories may take besides their own. */
export function SlugsPage() {
  const list = useInfiniteQuery(slugsQuery);
  const approve = useApproveSlug();
  const takeBack = useTakeBackSlug();
  const tell = useTell();
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<ApprovedSlug | null>(null);
  return (
    <>
      <SlugsView
        slugs={list.data?.pages.flatMap((page) => page.items)}
        more={list.hasNextPage}
        onMore={() => {
          void list.fetchNextPage();
        }}
        trouble={list.error ? troubleOf(list.error) : undefined}
        again={() => {
          void list.refetch();
        }}
        onAdd={() => {
          approve.reset();
          setAdding(true);
        }}
        onRemove={(slug) => {
          takeBack.reset();
          setAsked(slug);
        }}
      />
      {adding && (
        <ApproveSlugDialog
          busy={approve.isPending}
          trouble={approve.error ? troubleOf(approve.error) : undefined}
          onSubmit={(wanted) => {
            approve.mutate(wanted, {
              onSuccess: () => {
                setAdding(false);
                tell(said.added(wanted.slug));
              },
            });
          }}
          onCancel={() => {
            setAdding(false);
          }}
        />
      )}
      {asked && (
        <Confirm
          title={said.removeQuestion(asked.slug)}
          action={said.remove}
          busy={takeBack.isPending}
          onConfirm={() => {
            takeBack.mutate(asked.slug, {
              onSuccess: () => {
                setAsked(null);
                tell(said.removed(asked.slug));
              },
            });
          }}
          onCancel={() => {
            setAsked(null);
          }}
        >
          {said.removeText}
          {takeBack.error && <Failure trouble={troubleOf(takeBack.error)} />}
        </Confirm>
      )}
    </>
  );
}
