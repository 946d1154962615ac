import { Button, makeStyles, Spinner, tokens } from "@fluentui/react-components";

const useStyles = makeStyles({ root: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS } });

export interface RowAction {
  text: string;
  label: string; // with the name of what it is done to
  busy?: boolean; // it is being done
  onDo: () => void;
}

/** What can be done with one row. */
export function RowActions({ actions }: { actions: RowAction[] }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      {actions.map(({ text, label, busy = false, onDo }) => (
        <Button key={text} size="small" aria-label={label} disabledFocusable={busy} icon={busy ? <Spinner size="tiny" /> : undefined} onClick={onDo}>
          {text}
        </Button>
      ))}
    </div>
  );
}
