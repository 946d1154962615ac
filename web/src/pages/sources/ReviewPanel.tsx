import { Button, Field, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Select, Spinner, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { type Definition, type DefinitionText, type Effect, proposed, waits } from "../../api/definitions";
import { review as said, source } from "../../messages/sources";
import { effects } from "../../messages/tools";
import { Code } from "../../ui/Code";
import { Failure, type Trouble } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { Panel } from "../../ui/Panel";
import { DefinitionDiff } from "./DefinitionDiff";
import { printed } from "./difference";

interface Props {
  name: string;
  definition: DefinitionText | undefined;
  trouble: Trouble | undefined; // why it cannot be shown
  busy: boolean;
  refused: Trouble | undefined; // why it was not approved
  onApprove: ((definition: Definition, effect: Effect | undefined) => void) | undefined; // undefined: the role may not
  onWithdraw: ((definition: Definition) => void) | undefined;
  onClose: () => void;
}

const useStyles = makeStyles({
  root: { display: "grid", gap: tokens.spacingVerticalL, paddingBottom: tokens.spacingVerticalL },
  list: { margin: `${tokens.spacingVerticalXS} 0`, paddingLeft: tokens.spacingHorizontalXL },
  body: { whiteSpace: "normal" },
  description: { whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
});

const all = Object.keys(effects) as Effect[];

/** One definition, what has changed about it, and the decision. */
export function ReviewPanel({ name, definition, trouble, busy, refused, onApprove, onWithdraw, onClose }: Props) {
  const [chosen, setChosen] = useState<Effect>();
  const effect = definition?.kind === "tool" ? (chosen ?? proposed(definition)) : undefined;
  const approvable = definition && onApprove && definition.hash !== undefined && waits(definition);
  const actions = (
    <>
      {approvable && (
        <Button
          appearance="primary"
          disabledFocusable={busy}
          icon={busy ? <Spinner size="tiny" /> : undefined}
          onClick={() => {
            onApprove(definition, effect);
          }}
        >
          {said.approve}
        </Button>
      )}
      {definition?.approval && onWithdraw && (
        <Button
          disabledFocusable={busy}
          onClick={() => {
            onWithdraw(definition);
          }}
        >
          {said.withdraw}
        </Button>
      )}
    </>
  );
  return (
    <Panel wide title={<bdi>{name}</bdi>} actions={actions} onClose={onClose}>
      {trouble && <Failure trouble={trouble} />}
      {!trouble && !definition && <Loading />}
      {definition && <Body definition={definition} effect={effect} onEffect={approvable ? setChosen : undefined} />}
      {refused && <Failure trouble={refused} />}
    </Panel>
  );
}

function Body({ definition, effect, onEffect }: { definition: DefinitionText; effect: Effect | undefined; onEffect: ((effect: Effect) => void) | undefined }) {
  const styles = useStyles();
  const { state, flags, renamedFrom, reason, proposedEffect, description, offered, approved } = definition;
  return (
    <div className={styles.root}>
      {flags.length > 0 && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody className={styles.body}>
            <MessageBarTitle>{said.findings}</MessageBarTitle>
            <ul className={styles.list}>
              {flags.map((flag) => (
                <li key={`${flag.code} ${flag.path} ${flag.finding}`}>
                  {flag.finding} {flag.excerpt && <bdi>“{flag.excerpt}”</bdi>}
                </li>
              ))}
            </ul>
          </MessageBarBody>
        </MessageBar>
      )}
      {state === "pending" && <Text>{renamedFrom ? said.renamed(renamedFrom) : said.wasNew}</Text>}
      {reason && <Text>{reason}</Text>}
      {effect && onEffect && (
        <Field label={said.effect} hint={proposedEffect ? said.effectHint(effects[proposedEffect].toLowerCase()) : said.effectUnsaid}>
          <Select
            value={effect}
            onChange={(_, to) => {
              const next = all.find((e) => e === to.value);
              if (next) onEffect(next);
            }}
          >
            {all.map((e) => (
              <option key={e} value={e}>
                {effects[e]}
              </option>
            ))}
          </Select>
        </Field>
      )}
      {state === "changed" && <DefinitionDiff approved={approved} offered={offered} />}
      {state !== "changed" && description && (
        <Text className={styles.description}>
          <bdi>{description}</bdi>
        </Text>
      )}
      {offered !== undefined && <Code label={state === "approved" ? source.states.approved : said.offered} text={printed(offered)} />}
      {state === "gone" && approved !== undefined && <Code label={said.approved} text={printed(approved)} />}
    </div>
  );
}
