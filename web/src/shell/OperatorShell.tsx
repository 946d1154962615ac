import { Button, Link as Anchor, makeStaticStyles, makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { BuildingMultipleRegular, HeartPulseRegular, NavigationRegular, TagRegular, TaskListSquareLtrRegular } from "@fluentui/react-icons";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Session } from "../api/session";
import { messages } from "../messages/common";
import { operator as said } from "../messages/operator";
import { Mark } from "./Mark";
import { NavigationDrawer } from "./NavigationDrawer";
import { PersonMenu } from "./PersonMenu";

const useStaticStyles = makeStaticStyles({ body: { margin: 0 }, "*, *::before, *::after": { boxSizing: "border-box" } });

const useStyles = makeStyles({
  root: { minHeight: "100vh", display: "flex", flexDirection: "column", backgroundColor: tokens.colorNeutralBackground2 },
  skip: { position: "absolute", left: tokens.spacingHorizontalM, top: "-100px", zIndex: 1000, padding: tokens.spacingHorizontalM, backgroundColor: tokens.colorNeutralBackground1, ":focus": { top: tokens.spacingVerticalS } },
  header: {
    position: "sticky",
    top: 0,
    zIndex: 10,
    height: "48px",
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    padding: `0 ${tokens.spacingHorizontalL}`,
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    "@media (max-width: 640px)": { padding: `0 ${tokens.spacingHorizontalS}` },
  },
  burger: { display: "none", "@media (max-width: 900px)": { display: "inline-flex" } },
  area: { color: tokens.colorNeutralForeground2, marginRight: "auto" },
  below: { display: "flex", flex: 1, minWidth: 0 },
  side: { flex: "0 0 17rem", borderRight: `1px solid ${tokens.colorNeutralStroke2}`, backgroundColor: tokens.colorNeutralBackground1, "@media (max-width: 900px)": { display: "none" } },
  main: { flex: 1, minWidth: 0, maxWidth: "100rem", ":focus": { outline: "none" } },
  list: { listStyleType: "none", margin: 0, padding: tokens.spacingVerticalM },
  link: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalM,
    minHeight: "40px",
    padding: `0 ${tokens.spacingHorizontalM}`,
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: "none",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover, color: tokens.colorNeutralForeground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
  },
  here: { backgroundColor: tokens.colorNeutralBackground1Selected, fontWeight: tokens.fontWeightSemibold, boxShadow: `inset 3px 0 0 ${tokens.colorCompoundBrandStroke}` },
  icon: { fontSize: "20px", display: "flex" },
});

const pages = [
  ["/operator", said.navigation.organizations, <BuildingMultipleRegular key="organizations" />],
  ["/operator/slugs", said.navigation.slugs, <TagRegular key="slugs" />],
  ["/operator/queues", said.navigation.queues, <TaskListSquareLtrRegular key="queues" />],
  ["/operator/health", said.navigation.health, <HeartPulseRegular key="health" />],
] as const;

/** What is around the pages of whoever runs the platform. */
export function OperatorShell({ session, children }: { session: Session; children: ReactNode }) {
  useStaticStyles();
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const close = () => {
    setOpen(false);
  };
  return (
    <div className={styles.root}>
      <Anchor href="#content" className={styles.skip}>
        {messages.skip}
      </Anchor>
      <header className={styles.header}>
        <Button
          className={styles.burger}
          appearance="subtle"
          icon={<NavigationRegular />}
          aria-label={messages.header.openNavigation}
          onClick={() => {
            setOpen(true);
          }}
        />
        <Mark />
        <Text weight="semibold" size={400}>
          {messages.product}
        </Text>
        <Text className={styles.area}>{said.area}</Text>
        <PersonMenu session={session} slug="" />
      </header>
      <div className={styles.below}>
        <aside className={styles.side}>
          <Ways />
        </aside>
        <NavigationDrawer open={open} onClose={close}>
          <Ways onGo={close} />
        </NavigationDrawer>
        <main id="content" tabIndex={-1} className={styles.main}>
          {children}
        </main>
      </div>
    </div>
  );
}

function Ways({ onGo }: { onGo?: () => void }) {
  const styles = useStyles();
  return (
    <nav aria-label={said.navigation.label}>
      <ul className={styles.list}>
        {pages.map(([to, text, icon]) => (
          <li key={to}>
            <Link to={to} activeOptions={{ exact: to === "/operator" }} activeProps={{ className: mergeClasses(styles.link, styles.here) }} className={styles.link} onClick={onGo}>
              <span className={styles.icon} aria-hidden>
                {icon}
              </span>
              {text}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
