import { Button, Link, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, Text, tokens } from "@fluentui/react-components";
import { messages } from "../messages/common";

/** What went wrong, in words for people. */
export interface Trouble {
  title: string;
  text: string;
  details?: string[];
  reference?: string;
  signIn?: boolean;
}

const useStyles = makeStyles({
  bar: { margin: `${tokens.spacingVerticalM} 0` },
  page: { maxWidth: "44rem", margin: `${tokens.spacingVerticalXXXL} auto`, padding: `0 ${tokens.spacingHorizontalL}` },
  body: { whiteSpace: "normal" },
  list: { margin: `${tokens.spacingVerticalXS} 0`, paddingLeft: tokens.spacingHorizontalXL },
  reference: { display: "block", fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere", marginTop: tokens.spacingVerticalXS },
});

/**
 * Says what happened, what to do, and an id that is in the platform's log. What cannot be
 * read again was asked for by a form: signing in happens beside it, so that it stays.
 */
export function Failure({ trouble, again }: { trouble: Trouble; again?: () => void }) {
  const styles = useStyles();
  const beside = again ? {} : { target: "_blank", rel: "noopener" };
  return (
    <MessageBar intent="error" layout="multiline" className={styles.bar} role="alert">
      <MessageBarBody className={styles.body}>
        <MessageBarTitle>{trouble.title}</MessageBarTitle> {trouble.signIn && !again ? messages.unread.signIn : trouble.text}
        {trouble.details && (
          <ul className={styles.list}>
            {trouble.details.map((detail) => (
              <li key={detail}>{detail}</li>
            ))}
          </ul>
        )}
        {trouble.reference && (
          <Text size={200} className={styles.reference}>
            {messages.failure.reference}: {trouble.reference}
          </Text>
        )}
      </MessageBarBody>
      <MessageBarActions>
        {trouble.signIn && (
          <Button as="a" href={signInAddress()} {...beside}>
            {messages.failure.signIn}
          </Button>
        )}
        {again && !trouble.signIn && <Button onClick={again}>{messages.retry}</Button>}
      </MessageBarActions>
    </MessageBar>
  );
}

/** Where somebody signs in again and comes back from. */
export function signInAddress(): string {
  return `/auth/sign-in?return=${encodeURIComponent(window.location.pathname + window.location.search)}`;
}

/** Where somebody signs in to the directory of another organization. */
export function signInTo(slug: string, back: string): string {
  return `/auth/sign-in?tenant=${encodeURIComponent(slug)}&return=${encodeURIComponent(back)}`;
}

/** A whole page that says it. */
export function FailurePage({ trouble, again }: { trouble: Trouble; again?: () => void }) {
  return (
    <main className={useStyles().page}>
      <Failure trouble={trouble} again={again} />
      <Link href="/">{messages.failure.home}</Link>
    </main>
  );
}

/** Where the console itself is at fault. */
export function Crashed() {
  return (
    <FailurePage
      trouble={{ title: messages.failure.crashedTitle, text: messages.failure.crashed }}
      again={() => {
        window.location.reload();
      }}
    />
  );
}

export function Lost() {
  return <FailurePage trouble={{ title: messages.failure.lostTitle, text: messages.failure.lost }} />;
}
