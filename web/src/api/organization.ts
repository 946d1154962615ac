import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { components } from "./schema";

export type Organization = components["schemas"]["Organization"];
export type OnboardingStep = components["schemas"]["Step"];

export const organizationQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "organization"],
    queryFn: ({ signal }) => answer(client.GET("/api/organizations/{org}", { params: { path: { org } }, signal })),
    staleTime: 60_000,
  });

/** The step of the set-up whose turn it is; null when nothing is left. */
export const nextStepQuery = (org: string) =>
  queryOptions({
    queryKey: [org, "onboarding"],
    queryFn: async ({ signal }): Promise<OnboardingStep | null> => {
      const state = await answer(client.GET("/api/organizations/{org}/onboarding", { params: { path: { org } }, signal }));
      if (state.step === "done") return null;
      return state.steps.find((step) => step.id === state.step) ?? null;
    },
  });
