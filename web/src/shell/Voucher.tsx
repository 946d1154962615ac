import { Badge, Tooltip } from "@fluentui/react-components";
import { CheckmarkStarburstRegular } from "@fluentui/react-icons";
import { connections as said } from "../messages/connections";

/** What the ids of clients begin with that an admin has registered. */
const registeredPrefix = "ghc_";

/** Who vouches for the name of an AI app: the owner of a host, Entra, an admin, or nobody. */
export function Voucher({ host, id, byEntra = false }: { host: string | undefined; id: string; byEntra?: boolean }) {
  const registered = id.startsWith(registeredPrefix) ? said.registered : undefined;
  const admin = registered ?? (byEntra ? said.entra : undefined);
  const word = host ? said.verified(host) : admin;
  if (word) {
    return (
      <Badge appearance="tint" color="success" icon={<CheckmarkStarburstRegular />}>
        {word}
      </Badge>
    );
  }
  return (
    <Tooltip content={said.unverifiedWhy} relationship="description">
      <Badge appearance="tint" color="warning" tabIndex={0}>
        {said.unverified}
      </Badge>
    </Tooltip>
  );
}
