import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { BookRegular, HomeRegular, LinkRegular, PlugConnectedRegular, TaskListLtrRegular } from "@fluentui/react-icons";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { messages } from "../messages";
import type { Place } from "./place";

const useStyles = makeStyles({
  root: { padding: tokens.spacingVerticalM },
  list: { listStyleType: "none", margin: 0, padding: 0 },
  heading: {
    margin: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalM} ${tokens.spacingVerticalXS}`,
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground3,
  },
  link: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalM,
    minHeight: "40px",
    padding: `0 ${tokens.spacingHorizontalM}`,
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: "none",
    fontSize: tokens.fontSizeBase300,
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover, color: tokens.colorNeutralForeground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
  },
  icon: { fontSize: "20px", display: "flex" },
  here: {
    backgroundColor: tokens.colorNeutralBackground1Selected,
    color: tokens.colorNeutralForeground1Selected,
    fontWeight: tokens.fontWeightSemibold,
    boxShadow: `inset 3px 0 0 ${tokens.colorCompoundBrandStroke}`,
  },
});

/** The way around. What is within the console is a route; what is elsewhere, an address. */
export function Navigation({ place, onGo }: { place: Place; onGo?: () => void }) {
  const styles = useStyles();
  const { slug } = place.organization;
  const said = messages.navigation;
  const here = { className: mergeClasses(styles.link, styles.here) };
  const within = { params: { org: slug }, activeProps: here, className: styles.link, onClick: onGo };
  const face = (icon: ReactNode, text: string) => (
    <>
      <span className={styles.icon} aria-hidden>
        {icon}
      </span>
      {text}
    </>
  );
  const elsewhere: [string, string, ReactNode][] = [
    [`/onboarding/${slug}`, said.setup, <TaskListLtrRegular key="setup" />],
    [`/t/${slug}/mcp`, said.connect, <PlugConnectedRegular key="connect" />],
    ["/api/openapi.yaml", said.api, <BookRegular key="api" />],
  ];
  return (
    <nav className={styles.root} aria-label={said.label}>
      <ul className={styles.list}>
        <li>
          <Link to="/o/$org" activeOptions={{ exact: true }} {...within}>
            {face(<HomeRegular />, said.overview)}
          </Link>
        </li>
      </ul>
      <h2 className={styles.heading}>{said.people}</h2>
      <ul className={styles.list}>
        <li>
          <Link to="/o/$org/people/connections" {...within}>
            {face(<LinkRegular />, said.connections)}
          </Link>
        </li>
      </ul>
      <h2 className={styles.heading}>{said.elsewhere}</h2>
      <ul className={styles.list}>
        {elsewhere.map(([address, text, icon]) => (
          <li key={address}>
            <a href={address} className={styles.link}>
              {face(icon, text)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
