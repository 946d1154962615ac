import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, makeStyles, Spinner, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { messages } from "../messages/common";
import { Failure, type Trouble } from "./Failure";
import { useFocusBack } from "./useFocusBack";

// A message bar has a least height, so that rows of "auto" would be squeezed to it where the dialog scrolls.
const useStyles = makeStyles({ fields: { display: "grid", gridAutoRows: "max-content", gap: tokens.spacingVerticalL } });

interface Props {
  title: string;
  action: string;
  busy: boolean;
  trouble?: Trouble;
  children: ReactNode;
  onSubmit: () => void;
  onCancel: () => void;
}

/** A form in a dialog. What was typed stays if it is refused; a click beside it loses nothing. */
export function FormDialog({ title, action, busy, trouble, children, onSubmit, onCancel }: Props) {
  const styles = useStyles();
  useFocusBack();
  return (
    <Dialog
      open
      onOpenChange={(_, to) => {
        if (!busy && to.type !== "backdropClick") onCancel();
      }}
    >
      <DialogSurface>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (!busy) onSubmit();
          }}
        >
          <DialogBody>
            <DialogTitle>{title}</DialogTitle>
            <DialogContent className={styles.fields}>
              {children}
              {trouble && <Failure trouble={trouble} />}
            </DialogContent>
            <DialogActions>
              <Button type="submit" appearance="primary" disabledFocusable={busy} icon={busy ? <Spinner size="tiny" /> : undefined}>
                {action}
              </Button>
              <Button onClick={onCancel} disabledFocusable={busy}>
                {messages.cancel}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
