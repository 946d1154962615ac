import { sinks as said } from "../messages/sinks";
import { TextInput } from "./inputs";

interface Props {
  value: string;
  wrong: boolean;
  onChange: (value: string) => void;
}

/** Whether a text can be the address of a mailbox. */
export const isAddress = (text: string) => /^[^@\s]+@[^@\s]+$/.test(text.trim());

/** A mailbox that checkpoints of the log go to. */
export function MailboxInput({ value, wrong, onChange }: Props) {
  return <TextInput label={said.email} hint={said.emailHint} type="email" value={value} complaint={wrong ? said.emailWrong : undefined} onChange={onChange} />;
}
