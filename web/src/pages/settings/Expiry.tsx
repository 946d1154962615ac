import { Badge, makeStyles, tokens } from "@fluentui/react-components";
import type { DirectoryConnection } from "../../api/directory";
import { settings } from "../../messages/settings";

const said = settings.connection;
const useStyles = makeStyles({ root: { display: "inline-flex", flexWrap: "wrap", alignItems: "center", gap: tokens.spacingHorizontalS } });
const date = new Intl.DateTimeFormat("en-US", { dateStyle: "long" });
const day = 86_400_000;

/** Days before its end from which on a credential is said to end. */
const notice = 30;

/** When a credential ends, and whether that is soon. */
export function Expiry({ credential: { kind, expiresAt }, now }: { credential: NonNullable<DirectoryConnection["credential"]>; now: number }) {
  const styles = useStyles();
  if (expiresAt === undefined) return <>{kind === "client_secret" ? said.unknown : said.never}</>;
  const left = Math.floor((Date.parse(expiresAt) - now) / day);
  return (
    <span className={styles.root}>
      <time dateTime={expiresAt}>{date.format(new Date(expiresAt))}</time>
      {left <= notice && (
        <Badge appearance="tint" color={left < 0 ? "danger" : "warning"}>
          {left < 0 ? said.expired : said.soon(left)}
        </Badge>
      )}
    </span>
  );
}
