import { makeStyles, Toaster } from "@fluentui/react-components";
import { messages } from "../messages/common";
import { toasterId } from "./toaster";

const useStyles = makeStyles({ root: { position: "fixed", inset: 0, zIndex: 1000001, pointerEvents: "none" } });

/** Where results are told, as a landmark that can be gone to. */
export function Toasts() {
  return (
    <section className={useStyles().root} aria-label={messages.results}>
      <Toaster toasterId={toasterId} inline />
    </section>
  );
}
