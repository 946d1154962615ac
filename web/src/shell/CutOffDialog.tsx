import { makeStyles, Text, tokens } from "@fluentui/react-components";
import { type NewRevocation, useRevoke } from "../api/person";
import { revoking as said } from "../messages/revoking";
import { troubleOf } from "../trouble";
import { useFields } from "../ui/fields";
import { FormDialog } from "../ui/FormDialog";
import { TextInput } from "../ui/inputs";
import { usePlace } from "./place";

const useStyles = makeStyles({ list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL, display: "grid", gap: tokens.spacingVerticalXS } });

interface Props {
  title: string; // names who is cut off
  consequences: readonly string[];
  what: Pick<NewRevocation, "kind" | "subject">;
  onDone: () => void;
  onClose: () => void;
}

/** Cuts somebody or something off, for a reason that is kept. */
export function CutOffDialog({ title, consequences, what, onDone, onClose }: Props) {
  const styles = useStyles();
  const { organization } = usePlace();
  const revoke = useRevoke(organization.slug);
  const [form, to] = useFields({ reason: "" });
  return (
    <FormDialog
      title={title}
      action={said.revoke}
      busy={revoke.isPending}
      trouble={revoke.error ? troubleOf(revoke.error) : undefined}
      onCancel={onClose}
      onSubmit={() => {
        revoke.mutate(
          { ...what, reason: form.reason.trim() },
          {
            onSuccess: () => {
              onClose();
              onDone();
            },
          },
        );
      }}
    >
      <ul className={styles.list}>
        {consequences.map((text) => (
          <li key={text}>
            <Text>{text}</Text>
          </li>
        ))}
      </ul>
      <TextInput label={said.reason} hint={said.reasonHint} required value={form.reason} onChange={to("reason")} />
    </FormDialog>
  );
}
