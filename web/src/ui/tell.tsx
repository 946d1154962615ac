import { Toast, ToastBody, ToastTitle, type ToastIntent, useToastController } from "@fluentui/react-components";
import { type ReactElement, type ReactNode, useCallback } from "react";
import { toasterId } from "./toaster";

interface Further {
  text?: ReactNode;
  intent?: ToastIntent;
  action?: ReactElement; // an Undo, for example
}

/** Tells what was done, for eight seconds. */
export function useTell(): (title: ReactNode, further?: Further) => void {
  const { dispatchToast } = useToastController(toasterId);
  return useCallback(
    (title, { text, intent = "success", action } = {}) => {
      dispatchToast(
        <Toast>
          <ToastTitle action={action}>{title}</ToastTitle>
          {text && <ToastBody>{text}</ToastBody>}
        </Toast>,
        { intent, timeout: 8000 },
      );
    },
    [dispatchToast],
  );
}
