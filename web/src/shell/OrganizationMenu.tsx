import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  Menu,
  MenuButton,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Text,
  tokens,
} from "@fluentui/react-components";
import { BuildingMultipleRegular, CheckmarkRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Organization } from "../api/organization";
import { messages } from "../messages/common";
import { signInTo } from "../ui/Failure";

const useStyles = makeStyles({
  name: { maxWidth: "40vw", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  text: { display: "block", marginBottom: tokens.spacingVerticalL },
});

/** Which organization this is, and the way to another. */
export function OrganizationMenu({ organization }: { organization: Pick<Organization, "name" | "slug"> }) {
  const styles = useStyles();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <MenuButton appearance="subtle" aria-label={messages.header.organization(organization.name)}>
            <bdi className={styles.name}>{organization.name}</bdi>
          </MenuButton>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuGroup>
              <MenuGroupHeader>{messages.header.organizations}</MenuGroupHeader>
              <MenuItem icon={<CheckmarkRegular />} secondaryContent={organization.slug}>
                <bdi>{organization.name}</bdi>
              </MenuItem>
              <MenuItem
                icon={<BuildingMultipleRegular />}
                onClick={() => {
                  setAsking(true);
                }}
              >
                {messages.header.otherOrganization}
              </MenuItem>
            </MenuGroup>
          </MenuList>
        </MenuPopover>
      </Menu>
      <OtherOrganization
        open={asking}
        onClose={() => {
          setAsking(false);
        }}
      />
    </>
  );
}

/** Asks for the other organization's name, and goes to its sign-in by a link: the page's policy lets no form lead to Microsoft Entra. */
function OtherOrganization({ open, onClose }: { open: boolean; onClose: () => void }) {
  const styles = useStyles();
  const [slug, setSlug] = useState("");
  return (
    <Dialog
      open={open}
      onOpenChange={(_, to) => {
        if (!to.open) onClose();
      }}
    >
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            window.location.assign(signInTo(slug, `/o/${slug}`));
          }}
        >
          <DialogBody>
            <DialogTitle>{messages.header.otherTitle}</DialogTitle>
            <DialogContent>
              <Text className={styles.text}>{messages.header.otherText}</Text>
              <Field label={messages.header.otherLabel} hint={messages.header.otherHint}>
                <Input
                  required
                  maxLength={40}
                  pattern="[a-z0-9\-]+"
                  autoComplete="off"
                  value={slug}
                  onChange={(_, to) => {
                    setSlug(to.value);
                  }}
                />
              </Field>
            </DialogContent>
            <DialogActions>
              <Button type="submit" appearance="primary">
                {messages.header.otherGo}
              </Button>
              <Button onClick={onClose}>{messages.cancel}</Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
