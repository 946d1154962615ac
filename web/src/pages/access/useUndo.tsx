import { Link, ToastTrigger } from "@fluentui/react-components";
import type { ReactElement } from "react";
import { access as said } from "../../messages/access";
import { troubleOf } from "../../trouble";
import { useTell } from "../../ui/tell";
import { InPart } from "./bringback";

/** Makes the Undo of a toast: it brings something back and tells so. */
export function useUndo(): (what: string, bringBack: () => Promise<unknown>) => ReactElement {
  const tell = useTell();
  return (what, bringBack) => (
    <ToastTrigger>
      <Link
        as="button"
        onClick={() => {
          bringBack().then(
            () => {
              tell(said.undone(what));
            },
            (error: unknown) => {
              if (error instanceof InPart) tell(said.undoneInPart, { text: error.message, intent: "error" });
              else tell(said.undoFailed, { text: troubleOf(error).text, intent: "error" });
            },
          );
        }}
      >
        {said.undo}
      </Link>
    </ToastTrigger>
  );
}
