import { Badge, Link, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Text, tokens } from "@fluentui/react-components";
import { OpenRegular } from "@fluentui/react-icons";
import type { Finding, NotChecked, Report } from "../../api/setup";
import { setup } from "../../messages/setup";
import { Code } from "../../ui/Code";
import { Allow, scopesIn } from "./Act";

const said = setup.doctor;
const colors = { error: "danger", warning: "warning", info: "informative" } as const;

const useStyles = makeStyles({
  list: { listStyleType: "none", margin: 0, padding: 0, display: "grid", gap: tokens.spacingVerticalL },
  open: { margin: 0, paddingLeft: tokens.spacingHorizontalXL, display: "grid", gap: tokens.spacingVerticalXS },
  item: {
    display: "grid",
    gap: tokens.spacingVerticalS,
    minWidth: 0,
    padding: tokens.spacingHorizontalL,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    overflowWrap: "anywhere",
  },
  head: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "center" },
  beside: { display: "grid", gridTemplateColumns: "minmax(0, 2fr) minmax(0, 3fr)", gap: tokens.spacingHorizontalXL, "@media (max-width: 1100px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  stack: { display: "grid", gap: tokens.spacingVerticalS, alignContent: "start", minWidth: 0 },
  faint: { color: tokens.colorNeutralForeground3 },
  heading: { margin: 0 },
  link: { display: "inline-flex", alignItems: "center", gap: tokens.spacingHorizontalXS },
});

/** What is not as it should be, with the fix beside each, and what could not be looked at. */
export function Findings({ report }: { report: Report }) {
  const styles = useStyles();
  const { findings, notChecked } = report;
  const named = (one: NotChecked) => scopesIn(`${one.reason} ${one.remedy}`);
  const scopes = notChecked.map(named).find((one) => one !== undefined);
  return (
    <>
      {findings.length === 0 ? (
        <MessageBar intent="success" layout="multiline" role="status">
          <MessageBarBody>
            <MessageBarTitle>{said.well}</MessageBarTitle> {notChecked.length === 0 && said.wellText}
          </MessageBarBody>
        </MessageBar>
      ) : (
        <>
          <div role="status">
            <Text as="h3" weight="semibold" className={styles.heading}>
              {said.found(findings.length)}
            </Text>
          </div>
          <ul className={styles.list} aria-label={said.findings}>
            {findings.map((finding) => (
              <Item key={`${finding.id} ${finding.detail}`} finding={finding} />
            ))}
          </ul>
        </>
      )}
      {notChecked.length > 0 && (
        <>
          <Text as="h3" weight="semibold" className={styles.heading}>
            {said.notChecked}
          </Text>
          <Text className={styles.faint}>{said.notCheckedText}</Text>
          {scopes && <Allow scopes={scopes} />}
          <ul className={styles.open} aria-label={said.notChecked}>
            {notChecked.map((one) => (
              <li key={`${one.id} ${one.title}`}>
                <div className={styles.stack}>
                <Text weight={named(one) ? "regular" : "semibold"}>{one.title}</Text>
                {!named(one) && <Text>{one.reason}</Text>}
                {!named(one) && <Text>{one.remedy}</Text>}
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Item({ finding }: { finding: Finding }) {
  const styles = useStyles();
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <Badge appearance="tint" color={colors[finding.severity]}>
          {said.severity[finding.severity]}
        </Badge>
        <Text weight="semibold">{finding.title}</Text>
      </div>
      <div className={finding.fix.length > 0 ? styles.beside : undefined}>
        <div className={styles.stack}>
          <Text>{finding.detail}</Text>
          <Text className={styles.faint}>
            {said.where}: {finding.setting}
          </Text>
          {finding.link && (
            <span>
              <Link href={finding.link} target="_blank" rel="noreferrer" className={styles.link}>
                {said.open} <OpenRegular aria-hidden />
              </Link>
            </span>
          )}
        </div>
        {finding.fix.length > 0 && <Code label={said.fix} text={finding.fix.join("\n")} />}
      </div>
    </li>
  );
}
