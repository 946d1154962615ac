import { Link, makeStyles, makeStaticStyles, MessageBar, MessageBarBody, tokens } from "@fluentui/react-components";
import { type ReactNode, useState } from "react";
import type { Session } from "../api/session";
import { messages } from "../messages/common";
import { Header } from "./Header";
import { Navigation } from "./Navigation";
import { NavigationDrawer } from "./NavigationDrawer";
import type { Place } from "./place";

const useStaticStyles = makeStaticStyles({ body: { margin: 0 }, "*, *::before, *::after": { boxSizing: "border-box" } });

const useStyles = makeStyles({
  root: { minHeight: "100vh", display: "flex", flexDirection: "column", backgroundColor: tokens.colorNeutralBackground2 },
  skip: {
    position: "absolute",
    left: tokens.spacingHorizontalM,
    top: "-100px",
    zIndex: 1000,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground1,
    ":focus": { top: tokens.spacingVerticalS },
  },
  below: { display: "flex", flex: 1, minWidth: 0 },
  side: {
    flex: "0 0 17rem",
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    "@media (max-width: 900px)": { display: "none" },
  },
  main: { flex: 1, minWidth: 0, maxWidth: "100rem", ":focus": { outline: "none" } },
  bars: { display: "grid", gap: tokens.spacingVerticalS, margin: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalXXL} 0` },
});

/** What is around every page: the header, the way around, and what holds for the whole organization. */
export function Shell({ place, session, children }: { place: Place; session: Session; children: ReactNode }) {
  useStaticStyles();
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const { organization, visiting } = place;
  const close = () => {
    setOpen(false);
  };
  return (
    <div className={styles.root}>
      <Link href="#content" className={styles.skip}>
        {messages.skip}
      </Link>
      <Header
        organization={organization}
        session={session}
        onOpenNavigation={() => {
          setOpen(true);
        }}
      />
      <div className={styles.below}>
        <aside className={styles.side}>
          <Navigation place={place} />
        </aside>
        <NavigationDrawer open={open} onClose={close}>
          <Navigation place={place} onGo={close} />
        </NavigationDrawer>
        <main id="content" tabIndex={-1} className={styles.main}>
          {(visiting || organization.state !== "active") && (
            <div className={styles.bars}>
              {visiting && (
                <MessageBar intent="warning" layout="multiline">
                  <MessageBarBody>{messages.support}</MessageBarBody>
                </MessageBar>
              )}
              {organization.state !== "active" && (
                <MessageBar intent="warning" layout="multiline">
                  <MessageBarBody>
                    {messages.states[organization.state]} <Onward organization={organization} />
                  </MessageBarBody>
                </MessageBar>
              )}
            </div>
          )}
          {children}
        </main>
      </div>
    </div>
  );
}

/** What can be done about a state: what is left of the set-up, or what an owner undoes in Settings. Pages of a deleted one lead there themselves. */
function Onward({ organization: { slug, state } }: { organization: Place["organization"] }) {
  if (state === "deleted") return null;
  if (state === "suspended") return <Link href={`/o/${slug}/settings`}>{messages.toSettings}</Link>;
  return <Link href={`/o/${slug}/setup`}>{messages.continueSetup}</Link>;
}
