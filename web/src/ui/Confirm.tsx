import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Spinner } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { messages } from "../messages/common";

interface Props {
  title: string;
  action: string;
  busy: boolean;
  children: ReactNode;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Asks before something cannot be undone. Its title names what it happens to. */
export function Confirm({ title, action, busy, children, onConfirm, onCancel }: Props) {
  return (
    <Dialog
      open
      modalType="alert"
      onOpenChange={(_, to) => {
        if (!to.open && !busy) onCancel();
      }}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent>{children}</DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={onConfirm} disabledFocusable={busy} icon={busy ? <Spinner size="tiny" /> : undefined}>
              {action}
            </Button>
            <Button onClick={onCancel} disabledFocusable={busy}>
              {messages.cancel}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
