import { Badge, Button, Link, makeStyles, Spinner, Text, tokens } from "@fluentui/react-components";
import { CheckmarkCircleRegular, StethoscopeRegular } from "@fluentui/react-icons";
import type { Finding, Report } from "../../api/directory";
import { settings } from "../../messages/settings";
import { Card } from "../../ui/Card";
import { Code } from "../../ui/Code";
import { EmptyState } from "../../ui/EmptyState";
import { Failure, type Trouble } from "../../ui/Failure";

const said = settings.connection;
const colors = { error: "danger", warning: "warning", info: "informative" } as const;

const useStyles = makeStyles({
  list: { listStyleType: "none", margin: 0, padding: 0, display: "grid", gap: tokens.spacingVerticalL },
  item: { display: "grid", gap: tokens.spacingVerticalS, overflowWrap: "anywhere" },
  head: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
  faint: { color: tokens.colorNeutralForeground2 },
  unchecked: { marginTop: tokens.spacingVerticalL },
});

interface Props {
  report: Report | undefined;
  busy: boolean;
  trouble: Trouble | undefined;
  onRun: () => void;
}

/** What is wrong with the set-up, and what mends it. */
export function DoctorView({ report, busy, trouble, onRun }: Props) {
  const styles = useStyles();
  const button = (
    <Button icon={busy ? <Spinner size="tiny" /> : <StethoscopeRegular />} disabledFocusable={busy} onClick={onRun}>
      {report ? said.again : said.run}
    </Button>
  );
  return (
    <Card title={said.doctor} actions={button}>
      {trouble && <Failure trouble={trouble} again={onRun} />}
      {!report && !trouble && <Text className={styles.faint}>{said.doctorText}</Text>}
      {report?.findings.length === 0 && <EmptyState icon={<CheckmarkCircleRegular />} title={said.healthy} text={said.healthyText} />}
      <ul className={styles.list}>
        {report?.findings.map((finding) => (
          <Found key={finding.id + finding.detail} finding={finding} />
        ))}
      </ul>
      {report && report.notChecked.length > 0 && (
        <div className={styles.unchecked}>
          <Text weight="semibold" as="h3">
            {said.unchecked}
          </Text>
          <ul className={styles.list}>
            {report.notChecked.map((open) => (
              <li key={open.id} className={styles.item}>
                <Text>{open.title}</Text>
                <Text size={200} className={styles.faint}>
                  {`${open.reason} ${open.remedy}`}
                </Text>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}

function Found({ finding: { severity, title, detail, setting, link, fix } }: { finding: Finding }) {
  const styles = useStyles();
  return (
    <li className={styles.item}>
      <span className={styles.head}>
        <Badge appearance="tint" color={colors[severity]}>
          {said.severity[severity]}
        </Badge>
        <Text weight="semibold">{title}</Text>
      </span>
      <Text>{detail}</Text>
      <Text size={200} className={styles.faint}>
        {`${said.where}: ${setting}`}
        {link && (
          <>
            {" "}
            <Link href={link} target="_blank" rel="noreferrer" inline>
              {said.open}
            </Link>
          </>
        )}
      </Text>
      {fix.length > 0 && <Code label={said.fix} text={fix.join("\n")} />}
    </li>
  );
}
