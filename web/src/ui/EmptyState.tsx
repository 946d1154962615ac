import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";

const useStyles = makeStyles({
  root: {
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    textAlign: "center",
    gap: tokens.spacingVerticalS,
    padding: `${tokens.spacingVerticalXXXL} ${tokens.spacingHorizontalL}`,
  },
  icon: { color: tokens.colorNeutralForeground3, fontSize: "40px", lineHeight: 1 },
  title: { margin: 0 },
  text: { color: tokens.colorNeutralForeground2, maxWidth: "40ch" },
});

interface Props {
  icon: ReactNode;
  title: string;
  text: string;
  action?: ReactNode;
  as?: "h1"; // where it is the whole page
}

/** Says that there is nothing, and what would change that. */
export function EmptyState({ icon, title, text, action, as }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <span className={styles.icon} aria-hidden>
        {icon}
      </span>
      <Text as={as ?? "span"} weight="semibold" size={400} align="center" className={styles.title}>
        {title}
      </Text>
      <Text align="center" className={styles.text}>{text}</Text>
      {action}
    </div>
  );
}
