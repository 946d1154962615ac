import { Badge, Button, Link, makeStyles, MessageBar, MessageBarActions, MessageBarBody, Text, tokens, typographyStyles } from "@fluentui/react-components";
import { type ReactNode, useEffect, useRef } from "react";
import type { SetupStep } from "../../api/setup";
import { setup as said } from "../../messages/setup";
import { Card } from "../../ui/Card";

const useStyles = makeStyles({
  head: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: tokens.spacingHorizontalM, marginBottom: tokens.spacingVerticalM },
  title: { ...typographyStyles.subtitle1, margin: 0, outlineStyle: "none" },
  body: { display: "grid", gap: tokens.spacingVerticalL, justifyItems: "stretch", minWidth: 0 },
  text: { maxWidth: "70ch", overflowWrap: "anywhere" },
  bar: { whiteSpace: "normal", overflowWrap: "anywhere" },
  foot: { display: "flex", marginTop: tokens.spacingVerticalXL },
});

const colors = { done: "success", current: "brand", blocked: "warning", todo: "informative" } as const;

interface Props {
  title: string;
  state: SetupStep["state"];
  text?: string;
  remedy?: string; // of what is in the way
  link?: string;
  mayAct: boolean;
  moved: boolean; // somebody has come here from another step
  children?: ReactNode;
  onCurrent: () => void;
  onNext?: () => void;
}

/** One step: what it is, how far it is, what is in the way, and the way on. */
export function StepFrame({ title, state, text, remedy, link, mayAct, moved, children, onCurrent, onNext }: Props) {
  const styles = useStyles();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (moved) heading.current?.focus();
  }, [moved, title]);
  return (
    <Card>
      <div className={styles.head}>
        <h2 ref={heading} tabIndex={-1} className={styles.title}>
          {title}
        </h2>
        <Badge appearance="tint" color={colors[state]}>
          {said.states[state]}
        </Badge>
      </div>
      <div className={styles.body}>
        {text && <Text className={styles.text}>{text}</Text>}
        {state === "blocked" && remedy && (
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody className={styles.bar}>
              {remedy} {link && <Link href={link}>{said.openPage}</Link>}
            </MessageBarBody>
          </MessageBar>
        )}
        {state === "todo" && (
          <MessageBar layout="multiline">
            <MessageBarBody className={styles.bar}>{said.notYet}</MessageBarBody>
            <MessageBarActions>
              <Button onClick={onCurrent}>{said.toCurrent}</Button>
            </MessageBarActions>
          </MessageBar>
        )}
        {!mayAct && state !== "done" && (
          <MessageBar layout="multiline">
            <MessageBarBody className={styles.bar}>{said.notYours}</MessageBarBody>
          </MessageBar>
        )}
        {children}
      </div>
      {state === "done" && onNext && (
        <div className={styles.foot}>
          <Button appearance="primary" onClick={onNext}>
            {said.next}
          </Button>
        </div>
      )}
    </Card>
  );
}
