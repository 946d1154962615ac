import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, makeStyles, MessageBar, MessageBarBody, tokens } from "@fluentui/react-components";
import { messages } from "../messages/common";
import { CopyField } from "./CopyField";
import { useFocusBack } from "./useFocusBack";

const useStyles = makeStyles({ content: { display: "grid", gap: tokens.spacingVerticalL } });

interface Props {
  title: string;
  text: string; // what it is for, and that it is not shown again
  fields: readonly (readonly [label: string, value: string])[];
  onClose: () => void;
}

/** Shows a secret this once. A click beside it does not lose it. */
export function SecretDialog({ title, text, fields, onClose }: Props) {
  const styles = useStyles();
  useFocusBack();
  return (
    <Dialog
      open
      modalType="alert"
      onOpenChange={(_, to) => {
        if (!to.open) onClose();
      }}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent className={styles.content}>
            <MessageBar intent="warning" layout="multiline">
              <MessageBarBody>{text}</MessageBarBody>
            </MessageBar>
            {fields.map(([label, value]) => (
              <CopyField key={label} label={label} value={value} />
            ))}
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={onClose}>
              {messages.close}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
