import { makeStyles, tokens } from "@fluentui/react-components";
import type { Organization } from "../../api/organization";
import type { SetupState } from "../../api/setup";
import { setup as said } from "../../messages/setup";
import { Page } from "../../ui/Page";
import type { PlaceId, Way } from "./search";
import { StepContent } from "./StepContent";
import { Stepper, type StepLink } from "./Stepper";
import { farOf } from "./turn";

const useStyles = makeStyles({
  columns: {
    display: "grid",
    gridTemplateColumns: "17rem minmax(0, 1fr)",
    gap: tokens.spacingHorizontalXL,
    alignItems: "start",
    maxWidth: "76rem",
    "@media (max-width: 900px)": { gridTemplateColumns: "minmax(0, 1fr)" },
  },
});

export interface SetupProps {
  organization: Organization;
  state: SetupState;
  shown: PlaceId;
  way: Way;
  moved: boolean;
  mayAct: boolean;
  onWay: (way: Way) => void;
  onOwn: () => void; // to registering an app
  onNext: () => void; // to the step whose turn it is
  onCheck: () => void;
}

/** The first call comes after the steps of the server, when the endpoint serves. */
export function linksOf(state: SetupState): StepLink[] {
  const serves = farOf(state, "done") === "done";
  return [...state.steps.map(({ id, title }) => ({ id, title, state: farOf(state, id) })), { id: "first_call", title: said.firstCall, state: serves ? "current" : "todo" }];
}

export function SetupView(props: SetupProps) {
  const styles = useStyles();
  const { organization, state, shown } = props;
  return (
    <Page title={said.title(organization.name)} organization={organization.name} text={said.text}>
      <div className={styles.columns}>
        <Stepper org={organization.slug} steps={linksOf(state)} shown={shown} />
        <StepContent key={shown} {...props} />
      </div>
    </Page>
  );
}
