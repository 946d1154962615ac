import { Button, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, tokens } from "@fluentui/react-components";
import { messages } from "../messages/common";
import { troubleOf } from "../trouble";
import { signInAddress } from "../ui/Failure";

const useStyles = makeStyles({ root: { margin: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalXXL} 0` }, body: { whiteSpace: "normal" } });

/** Above a page that could not be read again. What it shows, and what is being typed there, stays; signing in happens beside it. */
export function Unread({ error, again }: { error: Error | null; again: () => void }) {
  const styles = useStyles();
  if (!error) return null;
  const { title, text, signIn } = troubleOf(error);
  return (
    <MessageBar intent="warning" layout="multiline" role="alert" className={styles.root}>
      <MessageBarBody className={styles.body}>
        <MessageBarTitle>{title}</MessageBarTitle> {signIn ? messages.unread.signIn : `${text} ${messages.unread.text}`}
      </MessageBarBody>
      <MessageBarActions>
        {signIn && (
          <Button as="a" href={signInAddress()} target="_blank" rel="noopener">
            {messages.failure.signIn}
          </Button>
        )}
        <Button onClick={again}>{messages.retry}</Button>
      </MessageBarActions>
    </MessageBar>
  );
}
