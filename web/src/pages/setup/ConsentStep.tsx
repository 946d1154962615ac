import { Button, Text } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { directoryConnectionQuery, useConsentLink } from "../../api/setup";
import { setup } from "../../messages/setup";
import { Act } from "./Act";

const said = setup.consent;

/** The consent for everybody: on Microsoft's page, which comes back here, or in the admin center. */
export function ConsentStep({ org, open, onCheck }: { org: string; open: boolean; onCheck: () => void }) {
  const connection = useQuery(directoryConnectionQuery(org));
  const link = useConsentLink(org);
  if (!open || !connection.data) return null;
  const shared = connection.data.body.settings.model === "shared";
  const go = () => {
    link.mutate(undefined, {
      onSuccess: ({ url }) => {
        if (shared) window.location.assign(url);
        else window.open(url, "_blank", "noopener,noreferrer");
      },
    });
  };
  return (
    <>
      <Text>{shared ? said.shared : said.own}</Text>
      <Act action={shared ? said.action : said.ownAction} busy={link.isPending} error={link.error} onAct={go}>
        <Button onClick={onCheck}>{setup.check}</Button>
      </Act>
    </>
  );
}
