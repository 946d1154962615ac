import { Link, makeStyles, Text, tokens } from "@fluentui/react-components";
import { ChevronRightRegular, OpenRegular } from "@fluentui/react-icons";
import type { PortalStep } from "../../api/setup";
import { setup } from "../../messages/setup";
import { CopyButton } from "../../ui/CopyField";

const said = setup.portal;

const useStyles = makeStyles({
  list: { display: "grid", gap: tokens.spacingVerticalXL, margin: 0, paddingLeft: tokens.spacingHorizontalXXL, "& > li::marker": { fontWeight: tokens.fontWeightSemibold } },
  step: { display: "grid", gap: tokens.spacingVerticalXS, minWidth: 0 },
  why: { color: tokens.colorNeutralForeground2 },
  way: { listStyleType: "none", margin: 0, padding: 0, display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalXS },
  page: { display: "inline-flex", alignItems: "center", gap: tokens.spacingHorizontalXS },
  fields: { display: "grid", gap: tokens.spacingVerticalS, margin: `${tokens.spacingVerticalXS} 0` },
  name: { color: tokens.colorNeutralForeground3 },
  values: { margin: 0, display: "grid", gap: tokens.spacingVerticalXXS },
  value: { display: "flex", alignItems: "center", justifyContent: "space-between", gap: tokens.spacingHorizontalS },
  mono: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere", minWidth: 0 },
  notes: { margin: 0, paddingLeft: tokens.spacingHorizontalL, color: tokens.colorNeutralForeground2 },
  link: { display: "inline-flex", alignItems: "center", gap: tokens.spacingHorizontalXS, justifySelf: "start" },
});

/** Steps to take by hand, in the words of the Entra admin center, with what to enter there. */
export function PortalSteps({ steps }: { steps: PortalStep[] }) {
  const styles = useStyles();
  return (
    <ol className={styles.list}>
      {steps.map((step) => (
        <li key={step.title}>
          <div className={styles.step}>
            <Text weight="semibold">{step.title}</Text>
            <Text className={styles.why}>{step.why}</Text>
            <Way blade={step.blade} />
            {step.fields.length > 0 && (
              <dl className={styles.fields}>
                {step.fields.map((field) => (
                  <div key={field.name}>
                    <dt className={styles.name}>{field.name}</dt>
                    <dd className={styles.values}>
                      {field.values.map((value) => (
                        <span key={value} className={styles.value}>
                          <span className={styles.mono}>{value}</span>
                          <CopyButton value={value} size="small" />
                        </span>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            )}
            {step.press && <Text>{said.press(step.press)}</Text>}
            {step.notes.length > 0 && (
              <ul className={styles.notes}>
                {step.notes.map((note) => (
                  <li key={note}>{note}</li>
                ))}
              </ul>
            )}
            {step.link && (
              <Link href={step.link} target="_blank" rel="noreferrer" className={styles.link}>
                {said.open} <OpenRegular aria-hidden />
              </Link>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** The way to a page of the admin center. */
export function Way({ blade }: { blade: string[] }) {
  const styles = useStyles();
  return (
    <ol aria-label={said.way} className={styles.way}>
      {blade.map((page, i) => (
        <li key={page} className={styles.page}>
          {i > 0 && <ChevronRightRegular aria-hidden />}
          {page}
        </li>
      ))}
    </ol>
  );
}
