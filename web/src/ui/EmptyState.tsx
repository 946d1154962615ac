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
  text: { color: tokens.colorNeutralForeground2, maxWidth: "40ch" },
});

interface Props {
  icon: ReactNode;
  title: string;
  text: string;
  action?: ReactNode;
}

/** Says that there is nothing, and what would change that. */
export function EmptyState({ icon, title, text, action }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <span className={styles.icon} aria-hidden>
        {icon}
      </span>
      <Text weight="semibold" size={400}>
        {title}
      </Text>
      <Text className={styles.text}>{text}</Text>
      {action}
    </div>
  );
}
