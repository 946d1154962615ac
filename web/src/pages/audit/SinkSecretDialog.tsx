import { Text } from "@fluentui/react-components";
import { useState } from "react";
import type { Sink } from "../../api/sinks";
import { sinks as said } from "../../messages/sinks";
import type { Trouble } from "../../ui/Failure";
import { FormDialog } from "../../ui/FormDialog";
import { TextInput } from "../../ui/inputs";
import { secretOf } from "./sinkdraft";

interface Props {
  sink: Sink;
  busy: boolean;
  trouble: Trouble | undefined;
  onSave: (secret: string) => void;
  onCancel: () => void;
}

/** Gives a sink its secret, which nobody sees again. */
export function SinkSecretDialog({ sink, busy, trouble, onSave, onCancel }: Props) {
  const [secret, setSecret] = useState("");
  const [wanting, setWanting] = useState(false);
  const kind = secretOf(sink) ?? "azure";
  const several = kind === "syslog" ? { lines: 6 } : { type: "password" as const };
  return (
    <FormDialog
      title={said.secretTitle(sink.name)}
      action={said.give}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        setWanting(secret.trim() === "");
        if (secret.trim() !== "") onSave(secret.trim());
      }}
    >
      <Text>{said.secretText}</Text>
      <TextInput label={said.secret[kind]} hint={said.secretHint[kind]} required value={secret} complaint={wanting ? said.secretMissing : undefined} onChange={setSecret} {...several} />
    </FormDialog>
  );
}
