import { makeStyles, Text, tokens } from "@fluentui/react-components";
import { type Definition, proposed } from "../../api/definitions";
import { review, source as said } from "../../messages/sources";
import { Confirm } from "../../ui/Confirm";
import { EffectBadge } from "../../ui/EffectBadge";
import { Failure, type Trouble } from "../../ui/Failure";

const useStyles = makeStyles({
  text: { display: "block", marginBottom: tokens.spacingVerticalM },
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL, maxHeight: "16rem", overflow: "auto" },
});

interface Props {
  busy: boolean;
  trouble: Trouble | undefined;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Approves everything that waits, each with the effect that is shown. */
export function ApproveAllDialog({ name, definitions, flagged, trouble, ...rest }: Props & { name: string; definitions: Definition[]; flagged: number }) {
  const styles = useStyles();
  return (
    <Confirm title={said.approveAllQuestion(definitions.length, name)} action={said.approveAll} {...rest}>
      <Text className={styles.text}>
        {said.approveAllText} {flagged > 0 && said.flaggedLeft(flagged)}
      </Text>
      {/* It scrolls, so the keyboard must reach it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul className={styles.list} tabIndex={0} aria-label={said.definitions}>
        {definitions.map((d) => (
          <li key={`${d.kind} ${d.name}`}>
            <bdi>{d.name}</bdi> {d.kind === "tool" ? <EffectBadge effect={proposed(d)} /> : said.kinds[d.kind]}
          </li>
        ))}
      </ul>
      {trouble && <Failure trouble={trouble} />}
    </Confirm>
  );
}

export function RemoveDialog({ name, trouble, ...rest }: Props & { name: string }) {
  const styles = useStyles();
  return (
    <Confirm title={said.removeQuestion(name)} action={said.remove} typed={name} {...rest}>
      <Text className={styles.text}>{said.removeText}</Text>
      {trouble && <Failure trouble={trouble} />}
    </Confirm>
  );
}

export function WithdrawDialog({ name, trouble, ...rest }: Props & { name: string }) {
  const styles = useStyles();
  return (
    <Confirm title={review.withdrawQuestion(name)} action={review.withdraw} {...rest}>
      <Text className={styles.text}>{review.withdrawText}</Text>
      {trouble && <Failure trouble={trouble} />}
    </Confirm>
  );
}
