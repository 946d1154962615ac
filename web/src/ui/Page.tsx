import { makeStyles, Subtitle1, Text, tokens } from "@fluentui/react-components";
import { type ReactNode, useEffect } from "react";
import { messages } from "../messages/common";

const useStyles = makeStyles({
  root: { padding: `${tokens.spacingVerticalXL} ${tokens.spacingHorizontalXXL}`, "@media (max-width: 640px)": { padding: tokens.spacingHorizontalL } },
  head: { display: "flex", flexWrap: "wrap", alignItems: "flex-end", justifyContent: "space-between", gap: tokens.spacingHorizontalL, marginBottom: tokens.spacingVerticalXL },
  above: { marginBottom: tokens.spacingVerticalXS },
  title: { margin: 0, fontSize: tokens.fontSizeHero700, lineHeight: tokens.lineHeightHero700, fontWeight: tokens.fontWeightSemibold, overflowWrap: "anywhere" },
  text: { display: "block", marginTop: tokens.spacingVerticalXS, color: tokens.colorNeutralForeground2, maxWidth: "70ch" },
});

interface Props {
  title: string;
  organization: string;
  text?: string;
  above?: ReactNode; // the way back to the list that it is one of
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every page: its heading, what it is about, and what can be done on it. */
export function Page({ title, organization, text, above, actions, children }: Props) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${title} · ${organization} · ${messages.product}`;
  }, [title, organization]);
  return (
    <div className={styles.root}>
      <div className={styles.head}>
        <div>
          {above && <div className={styles.above}>{above}</div>}
          <Subtitle1 as="h1" className={styles.title}>
            {title}
          </Subtitle1>
          {text && <Text className={styles.text}>{text}</Text>}
        </div>
        {actions}
      </div>
      {children}
    </div>
  );
}
