import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { NavigationRegular } from "@fluentui/react-icons";
import type { Organization } from "../api/organization";
import type { Session } from "../api/session";
import { messages } from "../messages/common";
import { Mark } from "./Mark";
import { OrganizationMenu } from "./OrganizationMenu";
import { PersonMenu } from "./PersonMenu";

const useStyles = makeStyles({
  root: {
    position: "sticky",
    top: 0,
    zIndex: 10,
    height: "48px",
    flex: "none",
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    padding: `0 ${tokens.spacingHorizontalL}`,
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    "@media (max-width: 640px)": { padding: `0 ${tokens.spacingHorizontalS}`, gap: 0 },
  },
  burger: { display: "none", "@media (max-width: 900px)": { display: "inline-flex" } },
  product: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalS, paddingRight: tokens.spacingHorizontalS, "@media (max-width: 640px)": { paddingLeft: tokens.spacingHorizontalXS } },
  name: { "@media (max-width: 480px)": { display: "none" } },
  room: { flex: 1 },
});

interface Props {
  organization: Pick<Organization, "name" | "slug">;
  session: Session;
  onOpenNavigation?: () => void; // absent where there is nothing to go to
}

export function Header({ organization, session, onOpenNavigation }: Props) {
  const styles = useStyles();
  return (
    <header className={styles.root}>
      {onOpenNavigation && (
        <Button className={styles.burger} appearance="subtle" icon={<NavigationRegular />} aria-label={messages.header.openNavigation} onClick={onOpenNavigation} />
      )}
      <span className={styles.product}>
        <Mark />
        <Text weight="semibold" size={400} className={styles.name}>
          {messages.product}
        </Text>
      </span>
      <OrganizationMenu organization={organization} />
      <span className={styles.room} />
      <PersonMenu session={session} slug={organization.slug} />
    </header>
  );
}
