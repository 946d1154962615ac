import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { BookRegular, PlugConnectedRegular } from "@fluentui/react-icons";
import { Link, useLocation } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { includes } from "../api/roles";
import { messages } from "../messages/common";
import type { Place } from "./place";
import { sections } from "./sections";

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

/** The page of the navigation that an address is of, or lies below: the deepest. Below the overview lies everything. */
function pageOf(address: string, slug: string) {
  const below = ({ to }: { to: string }) => address === to.replace("$org", slug) || (to !== "/o/$org" && address.startsWith(`${to.replace("$org", slug)}/`));
  return sections.flatMap(({ entries }) => entries.filter(below)).sort((a, b) => b.to.length - a.to.length)[0]?.to;
}

/** The way around. What is within the console is a route; what is elsewhere, an address. */
export function Navigation({ place, onGo }: { place: Place; onGo?: () => void }) {
  const styles = useStyles();
  const { slug } = place.organization;
  const said = messages.navigation;
  const page = pageOf(useLocation({ select: ({ pathname }) => pathname.replace(/\/$/, "") }), slug);
  const here = { className: mergeClasses(styles.link, styles.here) };
  const deleted = place.organization.state === "deleted";
  const elsewhere: [string, string, ReactNode][] = [["/api/openapi.yaml", said.api, <BookRegular key="api" />]];
  if (!deleted) elsewhere.unshift([`/t/${slug}/mcp`, said.connect, <PlugConnectedRegular key="connect" />]);
  return (
    <nav className={styles.root} aria-label={said.label}>
      {sections.map(({ title, entries }) => {
        const shown = entries.filter((entry) => includes(place.held, entry.needs) && (!deleted || entry.to === "/o/$org/settings"));
        if (shown.length === 0) return null;
        return (
          <Group key={entries[0]?.to} title={title}>
            {shown.map(({ to, text, icon }) => (
              <li key={to}>
                <Link to={to} params={{ org: slug }} activeOptions={{ exact: to !== page, includeSearch: false }} activeProps={here} className={styles.link} onClick={onGo}>
                  <Face icon={icon} text={text} />
                </Link>
              </li>
            ))}
          </Group>
        );
      })}
      <Group title={said.elsewhere}>
        {elsewhere.map(([address, text, icon]) => (
          <li key={address}>
            <a href={address} className={styles.link}>
              <Face icon={icon} text={text} />
            </a>
          </li>
        ))}
      </Group>
    </nav>
  );
}

function Group({ title, children }: { title?: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <>
      {title && <h2 className={styles.heading}>{title}</h2>}
      <ul className={styles.list}>{children}</ul>
    </>
  );
}

function Face({ icon, text }: { icon: ReactNode; text: string }) {
  const styles = useStyles();
  return (
    <>
      <span className={styles.icon} aria-hidden>
        {icon}
      </span>
      {text}
    </>
  );
}
