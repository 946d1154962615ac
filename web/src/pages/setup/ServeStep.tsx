import { Text } from "@fluentui/react-components";
import { useActivate } from "../../api/setup";
import { setup } from "../../messages/setup";
import { Act } from "./Act";

/** Opens the endpoint. */
export function ServeStep({ org, open, onNext }: { org: string; open: boolean; onNext: () => void }) {
  const activate = useActivate(org);
  const serve = () => {
    activate.mutate(undefined, { onSuccess: onNext });
  };
  if (!open) return null;
  return (
    <>
      <Text>{setup.serve.text}</Text>
      <Act action={setup.serve.action} busy={activate.isPending} error={activate.error} onAct={serve} />
    </>
  );
}
