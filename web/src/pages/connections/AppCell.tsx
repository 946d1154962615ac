import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { Connection } from "../../api/connections";
import { connections as said } from "../../messages/connections";
import { Voucher } from "../../shell/Voucher";

const useStyles = makeStyles({
  root: { display: "grid", minWidth: 0 },
  name: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
  faint: { color: tokens.colorNeutralForeground3 },
  mono: { color: tokens.colorNeutralForeground3, fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
});

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
        <Voucher host={host} id={client} />
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
