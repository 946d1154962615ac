import { Button, DrawerBody, DrawerFooter, DrawerHeader, DrawerHeaderTitle, OverlayDrawer } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import type { ReactNode } from "react";
import { messages } from "../messages/common";
import { useFocusBack } from "./useFocusBack";

interface Props {
  title: ReactNode;
  wide?: boolean;
  actions?: ReactNode;
  children: ReactNode;
  onClose: () => void;
}

/** The details of one thing, beside the list that it is from. Escape closes it. */
export function Panel({ title, wide = false, actions, children, onClose }: Props) {
  useFocusBack();
  return (
    <OverlayDrawer
      open
      position="end"
      size={wide ? "large" : "medium"}
      onOpenChange={(_, to) => {
        if (!to.open) onClose();
      }}
    >
      <DrawerHeader>
        <DrawerHeaderTitle action={<Button appearance="subtle" icon={<DismissRegular />} aria-label={messages.close} onClick={onClose} />}>{title}</DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody tabIndex={0}>{children}</DrawerBody>
      {actions && <DrawerFooter>{actions}</DrawerFooter>}
    </OverlayDrawer>
  );
}
