import { useMutation, type UseMutationResult } from "@tanstack/react-query";
import { useState } from "react";
import { type Change, isClash, type Tagged } from "../api/tagged";
import { messages } from "../messages/common";
import { troubleOf } from "../trouble";
import type { Trouble } from "../ui/Failure";

/**
 * Changes something as it was when its form opened. If somebody else was faster, the
 * form says so and keeps what was typed; saving again replaces what they did.
 */
export function useEditing<T, B, O>(read: (id: string) => Promise<Tagged<T>>, saving: UseMutationResult<O, Error, Change<B>>) {
  const [opened, setOpened] = useState<{ id: string; read: Tagged<T> } | null>(null);
  const opening = useMutation({ mutationFn: read, gcTime: 0 });
  const error = saving.error;
  let trouble: Trouble | undefined;
  if (isClash(error)) trouble = { ...troubleOf(error), title: messages.clashTitle, text: messages.clash };
  else if (error) trouble = troubleOf(error);
  const close = () => {
    saving.reset();
    setOpened(null);
  };
  return {
    value: opened?.read.value,
    id: opened?.id,
    busy: saving.isPending,
    trouble,
    unread: opening.error ? troubleOf(opening.error) : undefined,
    close,
    open: (id: string) => {
      opening.mutate(id, {
        onSuccess: (fresh) => {
          setOpened({ id, read: fresh });
        },
      });
    },
    save: (body: B, done: (out: O) => void) => {
      if (!opened) return;
      saving.mutate(
        { id: opened.id, tag: opened.read.tag, body },
        {
          onSuccess: (out) => {
            close();
            done(out);
          },
          onError: (refusal) => {
            if (!isClash(refusal)) return;
            read(opened.id).then(
              ({ tag }) => {
                setOpened((still) => still && (still.id === opened.id ? { ...still, read: { ...still.read, tag } } : still));
              },
              () => undefined, // saving again clashes again, and reads again
            );
          },
        },
      );
    },
  };
}
