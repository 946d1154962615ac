import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { setupQuery, type SetupState } from "../../api/setup";
import { includes } from "../../api/roles";
import { setup as said } from "../../messages/setup";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { Failure } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import type { PlaceId, Way } from "./search";
import { SetupView } from "./SetupView";

/** Where somebody goes on who has not said where. */
function placeOf(state: SetupState): PlaceId {
  return state.steps.every((step) => step.state === "done") ? "first_call" : state.step;
}

/** The set-up of an organization, step by step, from nothing to the first call. */
export function SetupPage() {
  const { organization, held, visiting } = usePlace();
  const { step, way } = useSearch({ from: "/o/$org/setup" });
  const navigate = useNavigate({ from: "/o/$org/setup" });
  const [first] = useState(step);
  const state = useQuery(setupQuery(organization.slug));
  if (!state.data) {
    return (
      <Page title={said.title(organization.name)} organization={organization.name}>
        {state.error ? <Failure trouble={troubleOf(state.error)} again={() => void state.refetch()} /> : <Loading />}
      </Page>
    );
  }
  if (!step) return <Navigate to="/o/$org/setup" params={{ org: organization.slug }} search={{ step: placeOf(state.data) }} replace />;
  return (
    <SetupView
      organization={organization}
      state={state.data}
      shown={step}
      way={way ?? "portal"}
      moved={first !== step}
      mayAct={includes(held, "admin") && !visiting}
      onWay={(chosen: Way) => {
        void navigate({ search: { step, way: chosen }, replace: true });
      }}
      onOwn={() => {
        void navigate({ search: { step: "connection" } });
      }}
      onNext={() => {
        void state.refetch().then(() => navigate({ search: {} }));
      }}
      onCheck={() => {
        void state.refetch();
      }}
    />
  );
}
