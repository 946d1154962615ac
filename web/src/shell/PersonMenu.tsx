import {
  Avatar,
  Button,
  makeStyles,
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemLink,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Persona,
  tokens,
} from "@fluentui/react-components";
import { AppsListRegular, SignOutRegular } from "@fluentui/react-icons";
import { useRef } from "react";
import type { Session } from "../api/session";
import { messages } from "../messages/common";
import { chooseTheme, themeNames, useThemeName } from "../theme";

const useStyles = makeStyles({ persona: { padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`, maxWidth: "20rem" }, button: { minWidth: "auto" } });

/** Who has signed in, how they like to see the console, and the way out. */
export function PersonMenu({ session, slug }: { session: Session; slug: string }) {
  const styles = useStyles();
  const theme = useThemeName();
  const leave = useRef<HTMLFormElement>(null);
  const own = session.organization;
  const role = own?.slug === slug && own.role ? messages.roles[own.role] : undefined;
  const what = [role, session.guest ? messages.guest : undefined].filter((word) => word !== undefined).join(" · ");
  return (
    <>
      <Menu
        checkedValues={{ theme: [theme] }}
        onCheckedValueChange={(_, to) => {
          const name = themeNames.find((known) => known === to.checkedItems[0]);
          if (name) chooseTheme(name);
        }}
      >
        <MenuTrigger disableButtonEnhancement>
          <Button appearance="subtle" shape="circular" className={styles.button} aria-label={messages.header.person(session.name)} icon={<Avatar name={session.name} size={28} color="colorful" aria-hidden />} />
        </MenuTrigger>
        <MenuPopover>
          <Persona className={styles.persona} name={session.name} secondaryText={what} avatar={{ color: "colorful" }} />
          <MenuList>
            <MenuDivider />
            <MenuItemLink href={own ? `/o/${own.slug}/me` : "/"} icon={<AppsListRegular />}>
              {messages.header.ownPage}
            </MenuItemLink>
            <MenuDivider />
            <MenuGroup>
              <MenuGroupHeader>{messages.header.theme}</MenuGroupHeader>
              {themeNames.map((name) => (
                <MenuItemRadio key={name} name="theme" value={name}>
                  {messages.header.themes[name]}
                </MenuItemRadio>
              ))}
            </MenuGroup>
            <MenuDivider />
            <MenuItem icon={<SignOutRegular />} onClick={() => leave.current?.submit()}>
              {messages.header.signOut}
            </MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
      <form ref={leave} method="post" action="/auth/sign-out" hidden />
    </>
  );
}
