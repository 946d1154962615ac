import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Spinner } from "@fluentui/react-components";
import { type ReactNode, useState } from "react";
import { messages } from "../messages/common";
import { useFocusBack } from "./useFocusBack";

interface Props {
  title: string;
  action: string;
  busy: boolean;
  typed?: string; // a word to be typed first, where what is done weighs much
  children: ReactNode;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Asks before something cannot be undone. Its title names what it happens to. */
export function Confirm({ title, action, busy, typed, children, onConfirm, onCancel }: Props) {
  const [word, setWord] = useState("");
  useFocusBack();
  const ready = !busy && (typed === undefined || word === typed);
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
          <DialogContent>
            {children}
            {typed !== undefined && (
              <Field label={messages.typeToConfirm(typed)}>
                <Input
                  value={word}
                  autoComplete="off"
                  spellCheck={false}
                  onChange={(_, to) => {
                    setWord(to.value);
                  }}
                />
              </Field>
            )}
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={onConfirm} disabledFocusable={!ready} icon={busy ? <Spinner size="tiny" /> : undefined}>
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
