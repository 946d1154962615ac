import { makeStyles, Toaster, useFocusFinders } from "@fluentui/react-components";
import type { KeyboardEvent } from "react";
import { messages } from "../messages/common";
import { toasterId } from "./toaster";

const useStyles = makeStyles({ root: { position: "fixed", inset: 0, zIndex: 1000001, pointerEvents: "none" } });

const toasts = ".fui-ToastContainer";

/** Where results are told, as a landmark that can be gone to, and with the Tab key be left again. */
export function Toasts() {
  const { findFirstFocusable, findPrevFocusable } = useFocusFinders();
  // A toast keeps whoever comes to it until Escape, which takes all of them away.
  const leave = (event: KeyboardEvent<HTMLElement>) => {
    const toast = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>(toasts) : null;
    if (event.key !== "Tab" || !toast) return;
    const last = [...toast.querySelectorAll("a[href], button")].at(-1) ?? toast;
    if (event.target !== (event.shiftKey ? toast : last)) return;
    event.preventDefault();
    event.stopPropagation();
    const beside = event.shiftKey ? toast.previousElementSibling : toast.nextElementSibling;
    if (beside instanceof HTMLElement && beside.matches(toasts)) beside.focus();
    else if (event.shiftKey) findPrevFocusable(event.currentTarget, { container: document.body })?.focus();
    else findFirstFocusable(document.body)?.focus();
  };
  return (
    <section className={useStyles().root} aria-label={messages.results} onKeyDownCapture={leave}>
      <Toaster toasterId={toasterId} inline />
    </section>
  );
}
