import { Button, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, Spinner, tokens } from "@fluentui/react-components";
import { setup as said } from "../../messages/setup";
import { troubleOf } from "../../trouble";
import { Failure } from "../../ui/Failure";

const useStyles = makeStyles({ row: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM }, bar: { whiteSpace: "normal" } });

interface Props {
  action: string;
  busy: boolean;
  error: Error | null;
  submit?: boolean; // of the form it stands in
  onAct?: () => void;
  children?: React.ReactNode; // further buttons
}

/** The button that takes a step, and what came of the last try. */
export function Act({ action, busy, error, submit = false, onAct, children }: Props) {
  const styles = useStyles();
  return (
    <>
      {error && <Refusal error={error} />}
      <div className={styles.row}>
        <Button type={submit ? "submit" : "button"} appearance="primary" onClick={submit ? undefined : onAct} disabledFocusable={busy} icon={busy ? <Spinner size="tiny" /> : undefined}>
          {action}
        </Button>
        {children}
      </div>
    </>
  );
}

/** What the server names where the person has to allow something first. */
const wanted = /\/auth\/sign-in\?scopes=([a-z.+]+[a-z])/;

/** What was refused; where a consent of the person's is missing, the way to give it. */
export function Refusal({ error }: { error: Error }) {
  const scopes = wanted.exec(error.message)?.[1];
  return scopes ? <Allow scopes={scopes} /> : <Failure trouble={troubleOf(error)} />;
}

/** The scopes that a text names; undefined if it names none. */
export function scopesIn(text: string): string | undefined {
  return wanted.exec(text)?.[1];
}

/** Asks the person to let Gatehouse do something as them, and leads back here. */
export function Allow({ scopes }: { scopes: string }) {
  const styles = useStyles();
  const names: Record<string, string> = said.allow.names;
  const what = scopes.split("+").flatMap((scope) => names[scope] ?? []);
  const back = window.location.pathname + window.location.search;
  return (
    <MessageBar intent="info" layout="multiline">
      <MessageBarBody className={styles.bar}>
        <MessageBarTitle>
          {said.allow.title}
          {what.length > 0 && `: ${what.join(", ")}`}
        </MessageBarTitle>{" "}
        {said.allow.text}
      </MessageBarBody>
      <MessageBarActions>
        <Button as="a" href={`/auth/sign-in?scopes=${scopes}&return=${encodeURIComponent(back)}`}>
          {said.allow.action}
        </Button>
      </MessageBarActions>
    </MessageBar>
  );
}
