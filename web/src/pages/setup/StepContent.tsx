import { Button } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { setup as said } from "../../messages/setup";
import { CheckpointsStep } from "./CheckpointsStep";
import { Colleague } from "./Colleague";
import { ConnectionStep } from "./ConnectionStep";
import { ConsentStep } from "./ConsentStep";
import { CredentialStep } from "./CredentialStep";
import { DoctorStep } from "./DoctorStep";
import { FirstCall } from "./FirstCall";
import { MappingStep } from "./MappingStep";
import { PermissionsStep } from "./PermissionsStep";
import { ServeStep } from "./ServeStep";
import type { SetupProps } from "./SetupView";
import { StepFrame } from "./StepFrame";
import { examinable, farOf } from "./turn";

/** What is to be done in one step. */
export function StepContent(props: SetupProps) {
  const { organization, state, shown, mayAct, moved, onNext } = props;
  const step = state.steps.find((one) => one.id === shown);
  const serves = state.steps.every((one) => one.state === "done");
  if (!step) {
    return (
      <StepFrame title={said.firstCall} state={serves ? "current" : "todo"} text={said.call.text} mayAct moved={moved} onCurrent={onNext}>
        <FirstCall org={organization.slug} serves={serves} />
      </StepFrame>
    );
  }
  const far = farOf(state, shown);
  const text = step.id === "permissions" ? said.permissions.text : step.explanation;
  return (
    <StepFrame
      title={step.title}
      state={far}
      text={text}
      remedy={step.remedy}
      link={step.link}
      mayAct={mayAct}
      moved={moved}
      onCurrent={onNext}
      onNext={onNext}
    >
      {content(props)}
      {(shown === "permissions" || shown === "consent") && state.colleague && <Colleague referral={state.colleague} />}
    </StepFrame>
  );
}

function content(props: SetupProps): ReactNode {
  const { organization, state, shown, way, mayAct, onWay, onOwn, onNext, onCheck } = props;
  const org = organization.slug;
  const step = state.steps.find((one) => one.id === shown);
  const open = farOf(state, shown) !== "todo" && mayAct;
  switch (shown) {
    case "sign_in":
    case "first_call":
      return null;
    case "ownership":
      return step?.state === "done" ? null : (
        <div>
          <Button onClick={onCheck}>{said.check}</Button>
        </div>
      );
    case "permissions":
      return <PermissionsStep org={org} permissions={state.permissions} open={open} onOwn={onOwn} onNext={onNext} />;
    case "connection":
      return <ConnectionStep org={org} way={way} open={open} onWay={onWay} onNext={onNext} />;
    case "credential":
      return <CredentialStep org={org} open={open} onNext={onNext} />;
    case "consent":
      return <ConsentStep org={org} open={open && step?.state !== "done"} onCheck={onCheck} />;
    case "doctor":
      return <DoctorStep org={org} open={mayAct && examinable(state)} onLooked={onCheck} />;
    case "first_mapping":
      return <MappingStep org={org} open={open} onNext={onNext} />;
    case "checkpoints":
      return <CheckpointsStep org={org} open={open} onNext={onNext} />;
    case "done":
      return <ServeStep org={org} open={open && step?.state !== "done"} onNext={onNext} />;
  }
}
