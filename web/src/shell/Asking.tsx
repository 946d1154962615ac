import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { UseMutationResult } from "@tanstack/react-query";
import { troubleOf } from "../trouble";
import { Confirm } from "../ui/Confirm";
import { Failure } from "../ui/Failure";

const useStyles = makeStyles({ text: { display: "block", marginBottom: tokens.spacingVerticalM } });

interface Props<I, O> {
  title: string; // names what it happens to
  action: string;
  texts: readonly string[]; // what follows from it
  typed?: string;
  doing: UseMutationResult<O, Error, I>;
  input: I;
  onDone: (out: O) => void;
  onClose: () => void;
}

/** Asks whether something shall be done, and does it. A refusal is shown where it was asked. */
export function Asking<I, O>({ title, action, texts, typed, doing, input, onDone, onClose }: Props<I, O>) {
  const styles = useStyles();
  const close = () => {
    doing.reset();
    onClose();
  };
  return (
    <Confirm
      title={title}
      action={action}
      typed={typed}
      busy={doing.isPending}
      onConfirm={() => {
        doing.mutate(input, {
          onSuccess: (out) => {
            close();
            onDone(out);
          },
        });
      }}
      onCancel={close}
    >
      {texts.map((text) => (
        <Text key={text} className={styles.text}>
          {text}
        </Text>
      ))}
      {doing.error && <Failure trouble={troubleOf(doing.error)} />}
    </Confirm>
  );
}
