import { Badge, makeStyles, Text, tokens, Tooltip } from "@fluentui/react-components";
import { CheckmarkStarburstRegular } from "@fluentui/react-icons";
import type { Connection } from "../../api/connections";
import { connections as said } from "../../messages/connections";

const useStyles = makeStyles({
  root: { display: "grid", minWidth: 0 },
  name: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
  faint: { color: tokens.colorNeutralForeground3 },
  mono: { color: tokens.colorNeutralForeground3, fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
});

/** What the ids of clients begin with that an admin has registered. */
const registeredPrefix = "ghc_";

/** An AI app as its person agreed to it, and who vouches for its name. */
export function AppCell({ connection }: { connection: Connection }) {
  const styles = useStyles();
  const { name, host, client, answersTo } = connection;
  return (
    <div className={styles.root}>
      <span className={styles.name}>
        <Text weight="semibold">
          <bdi>{name}</bdi>
        </Text>
        <Voucher host={host} registered={client.startsWith(registeredPrefix)} />
      </span>
      <Text size={200} className={styles.mono}>
        {client}
      </Text>
      <Text size={200} className={styles.faint}>
        {said.answersTo(answersTo)}
      </Text>
    </div>
  );
}

function Voucher({ host, registered }: { host: string | undefined; registered: boolean }) {
  if (host || registered) {
    return (
      <Badge appearance="tint" color="success" icon={<CheckmarkStarburstRegular />}>
        {host ? said.verified(host) : said.registered}
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
