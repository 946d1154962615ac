import { MessageBar, MessageBarBody } from "@fluentui/react-components";
import type { Settled, SignInChange } from "../../api/state";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import type { Trouble } from "../../ui/Failure";
import { useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { CheckInput, ChoiceInput } from "../../ui/inputs";

const said = settings.signIn;

interface Props {
  signIn: Settled["signIn"];
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (body: SignInChange) => void;
  onCancel: () => void;
}

const modes = [["brokered", said.modes.brokered], ["facade", said.modes.facade], ["direct", said.modes.direct]] as const;
const unknowns = [["refuse", said.unknowns.refuse], ["admit", said.unknowns.admit]] as const;

/** Says what each mode means before it is chosen. */
export function SignInDialog({ signIn, busy, trouble, onSave, onCancel }: Props) {
  const [form, to] = useFields(() => ({ mode: signIn.mode, accept: signIn.acceptEntraTokens, unknown: signIn.unknownClients, cutOff: false }));
  const brokered = form.mode === "brokered";
  return (
    <FormDialog
      title={said.edit}
      action={messages.save}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        onSave({ mode: form.mode, acceptEntraTokens: form.accept, unknownClients: form.unknown, cutOff: form.cutOff ? true : undefined });
      }}
    >
      <ChoiceInput label={said.mode} value={form.mode} options={modes} onChange={to("mode")} />
      <MessageBar layout="multiline">
        <MessageBarBody>{brokered ? said.gatehouse : said.entra}</MessageBarBody>
      </MessageBar>
      {brokered && (
        <>
          <ChoiceInput label={said.unknown} value={form.unknown} options={unknowns} onChange={to("unknown")} />
          <CheckInput label={said.accept} hint={said.acceptHint} checked={form.accept} onChange={to("accept")} />
        </>
      )}
      <CheckInput label={said.cutOff} hint={said.cutOffHint} checked={form.cutOff} onChange={to("cutOff")} />
    </FormDialog>
  );
}
