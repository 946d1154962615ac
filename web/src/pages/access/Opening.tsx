import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import { messages } from "../../messages/common";
import { Failure, type Trouble } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { useFocusBack } from "../../ui/useFocusBack";

/** A dialog whose content is on its way, or does not come. */
export function Opening({ title, trouble, onClose }: { title: string; trouble: Trouble | undefined; onClose: () => void }) {
  useFocusBack();
  return (
    <Dialog
      open
      onOpenChange={(_, to) => {
        if (!to.open) onClose();
      }}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent>{trouble ? <Failure trouble={trouble} /> : <Loading />}</DialogContent>
          <DialogActions>
            <Button onClick={onClose}>{messages.close}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
