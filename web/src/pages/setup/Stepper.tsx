import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { CheckmarkCircleFilled, CircleRegular, RecordRegular, WarningRegular } from "@fluentui/react-icons";
import { Link } from "@tanstack/react-router";
import type { SetupStep } from "../../api/setup";
import { setup as said } from "../../messages/setup";
import type { PlaceId } from "./search";

export interface StepLink {
  id: PlaceId;
  title: string;
  state: SetupStep["state"];
}

const narrow = "@media (max-width: 900px)";
const useStyles = makeStyles({
  list: {
    listStyleType: "none",
    margin: 0,
    padding: 0,
    display: "grid",
    [narrow]: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalXXS },
  },
  link: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalM,
    minHeight: "40px",
    padding: `0 ${tokens.spacingHorizontalM}`,
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: "none",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
    [narrow]: { minHeight: "32px", padding: `0 ${tokens.spacingHorizontalXS}` },
  },
  here: { backgroundColor: tokens.colorNeutralBackground1Selected, fontWeight: tokens.fontWeightSemibold },
  icon: { display: "flex", fontSize: "20px" },
  done: { color: tokens.colorStatusSuccessForeground1 },
  current: { color: tokens.colorBrandForeground1 },
  blocked: { color: tokens.colorStatusWarningForeground1 },
  todo: { color: tokens.colorNeutralForeground3 },
  title: { [narrow]: { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)", whiteSpace: "nowrap" } },
  unseen: { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)", whiteSpace: "nowrap" },
});

const icons = { done: <CheckmarkCircleFilled />, current: <RecordRegular />, blocked: <WarningRegular />, todo: <CircleRegular /> };

/** All steps, each with an address. */
export function Stepper({ org, steps, shown }: { org: string; steps: StepLink[]; shown: PlaceId }) {
  const styles = useStyles();
  return (
    <nav aria-label={said.steps}>
      <ol className={styles.list}>
        {steps.map(({ id, title, state }) => (
          <li key={id}>
            <Link
              to="/o/$org/setup"
              params={{ org }}
              search={{ step: id }}
              className={mergeClasses(styles.link, id === shown && styles.here)}
              aria-current={id === shown ? "step" : undefined}
              activeProps={{}}
            >
              <span className={mergeClasses(styles.icon, styles[state])} aria-hidden>
                {icons[state]}
              </span>
              <span className={styles.title}>{title}</span>
              <span className={styles.unseen}>{said.states[state]}</span>
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
