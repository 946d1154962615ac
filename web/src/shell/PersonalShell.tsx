import { makeStyles, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";
import type { Session } from "../api/session";
import { Header } from "./Header";

const useStyles = makeStyles({
  root: { minHeight: "100vh", display: "flex", flexDirection: "column", backgroundColor: tokens.colorNeutralBackground2 },
  main: { flex: 1, minWidth: 0, width: "100%", maxWidth: "76rem", margin: "0 auto", outlineStyle: "none" },
});

/** Around the page of somebody who has no role: there is nothing to go to. */
export function PersonalShell({ session, slug, name, children }: { session: Session; slug: string; name: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <Header organization={{ slug, name }} session={session} />
      <main id="content" tabIndex={-1} className={styles.main}>
        {children}
      </main>
    </div>
  );
}
