import { Button, makeStyles, Spinner, Text, tokens } from "@fluentui/react-components";
import { messages } from "../messages/common";

const useStyles = makeStyles({
  root: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: tokens.spacingHorizontalL, marginTop: tokens.spacingVerticalL },
  shown: { color: tokens.colorNeutralForeground3 },
});

interface Props {
  shown: string;
  more: boolean;
  busy?: boolean;
  onMore: () => void;
}

/** Below a list: how much of it is shown, and the rest. */
export function More({ shown, more, busy = false, onMore }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <Text className={styles.shown} role="status">
        {shown}
      </Text>
      {more && (
        <Button onClick={onMore} disabledFocusable={busy} icon={busy ? <Spinner size="tiny" /> : undefined}>
          {messages.showAll}
        </Button>
      )}
    </div>
  );
}
