import { makeStyles, tokens } from "@fluentui/react-components";
import { Link, Outlet } from "@tanstack/react-router";
import { settings as said } from "../../messages/settings";
import { usePlace } from "../../shell/place";
import { Page } from "../../ui/Page";

const useStyles = makeStyles({
  tabs: { display: "flex", flexWrap: "wrap", listStyleType: "none", margin: `0 0 ${tokens.spacingVerticalXL}`, padding: 0, borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  tab: {
    display: "block",
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    color: tokens.colorNeutralForeground2,
    textDecorationLine: "none",
    borderBottom: "2px solid transparent",
    ":hover": { borderBottomColor: tokens.colorNeutralStroke1Hover, color: tokens.colorNeutralForeground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
    "&[aria-current=page]": { borderBottomColor: tokens.colorCompoundBrandStroke, color: tokens.colorNeutralForeground1, fontWeight: tokens.fontWeightSemibold },
  },
  sections: { display: "grid", gap: tokens.spacingVerticalXL },
});

const tabs = [
  ["/o/$org/settings", said.tabs.general],
  ["/o/$org/settings/connection", said.tabs.connection],
  ["/o/$org/settings/sign-in", said.tabs.signIn],
  ["/o/$org/settings/roles", said.tabs.roles],
  ["/o/$org/settings/contacts", said.tabs.contacts],
  ["/o/$org/settings/limits", said.tabs.limits],
  ["/o/$org/settings/recording", said.tabs.recording],
  ["/o/$org/settings/support", said.tabs.support],
] as const;

/** What an organization has decided about itself; each part has an address. */
export function SettingsPage() {
  const styles = useStyles();
  const { organization } = usePlace();
  return (
    <Page title={said.title} organization={organization.name} text={said.text}>
      <nav aria-label={said.title}>
        <ul className={styles.tabs}>
          {(organization.state === "deleted" ? tabs.slice(0, 1) : tabs).map(([to, text]) => (
            <li key={to}>
              <Link to={to} params={{ org: organization.slug }} activeOptions={{ exact: true }} className={styles.tab}>
                {text}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className={styles.sections}>
        <Outlet />
      </div>
    </Page>
  );
}
