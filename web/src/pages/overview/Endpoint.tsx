import { Link, makeStyles, Text, tokens } from "@fluentui/react-components";
import { overview as said } from "../../messages/overview";
import { Card } from "../../ui/Card";
import { CopyField } from "../../ui/CopyField";

const useStyles = makeStyles({ text: { display: "block", color: tokens.colorNeutralForeground2, marginBottom: tokens.spacingVerticalM }, link: { display: "inline-block", marginTop: tokens.spacingVerticalM } });

/** What an AI app is given. */
export function Endpoint({ slug }: { slug: string }) {
  const styles = useStyles();
  const address = `/t/${slug}/mcp`;
  return (
    <Card title={said.endpoint}>
      <Text className={styles.text}>{said.endpointText}</Text>
      <CopyField label={said.endpointLabel} value={window.location.origin + address} />
      <Link href={address} className={styles.link}>
        {said.howTo}
      </Link>
    </Card>
  );
}
