import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Report, SetupState } from "../../api/setup";
import { setup as said } from "../../messages/setup";
import { show } from "../../test/show";
import { Findings } from "./Findings";
import { setupSearch } from "./search";
import { linksOf } from "./SetupView";
import { examinable } from "./turn";

const state = (...far: SetupState["steps"][number]["state"][]): SetupState => ({
  step: "done",
  steps: far.map((one, i) => ({ id: i === 0 ? "doctor" : "done", state: one, title: `Step ${i}`, explanation: "" })),
  permissions: [],
});

test("the first call has its turn when the endpoint serves", () => {
  expect(linksOf(state("done", "done")).at(-1)).toMatchObject({ id: "first_call", state: "current" });
  expect(linksOf(state("done", "current")).at(-1)).toMatchObject({ id: "first_call", state: "todo" });
});

test("an app registration is chosen by registering it: both steps have their turn", () => {
  const steps: SetupState["steps"] = [
    { id: "permissions", state: "current", title: "See", explanation: "" },
    { id: "connection", state: "todo", title: "Choose", explanation: "" },
    { id: "credential", state: "todo", title: "Give", explanation: "" },
  ];
  expect(linksOf({ step: "permissions", steps, permissions: [] }).map((link) => link.state)).toEqual(["current", "current", "todo", "todo"]);
});

test("the doctor looks as soon as there is a connection, also where a later step does not go on", () => {
  const steps = (connection: SetupState["steps"][number]["state"], consent: SetupState["steps"][number]["state"]): SetupState => ({
    step: "consent",
    steps: [
      { id: "connection", state: connection, title: "Choose", explanation: "" },
      { id: "consent", state: consent, title: "Consent", explanation: "" },
      { id: "doctor", state: "todo", title: "Check", explanation: "" },
    ],
    permissions: [],
  });
  expect(examinable(steps("done", "blocked"))).toBe(true);
  expect(examinable(steps("current", "todo"))).toBe(false);
});

test("an address names a step and a way that there are", () => {
  expect(setupSearch({ step: "doctor", way: "create" })).toEqual({ step: "doctor", way: "create" });
  expect(setupSearch({ step: "<script>", way: 7 })).toEqual({ step: undefined, way: undefined });
});

const report = (with_: Partial<Report> = {}): Report => ({ at: "2026-11-22T12:00:00Z", findings: [], notChecked: [], ...with_ });
const finding = { id: "groups.claim", severity: "error" as const, title: "No groups", detail: "Tokens carry none.", setting: "Token configuration", link: "https://entra.example/", fix: ["az one", "az two"] };

test("a finding stands beside its fix and where it is", () => {
  show(<Findings report={report({ findings: [finding] })} />);
  expect(screen.getByRole("link", { name: said.doctor.open })).toHaveAttribute("href", finding.link);
  expect(screen.getByRole("group", { name: said.doctor.fix })).toHaveTextContent("az one az two");
  expect(screen.queryByText(said.doctor.well)).toBeNull();
});

test("what could not be looked at leads to the sign-in that lets it, and back", () => {
  window.history.replaceState(null, "", "/o/contoso/setup?step=doctor");
  const open = { id: "a", title: "Whether the scope is enabled", reason: "nobody has consented; sign in again at /auth/sign-in?scopes=applications.read.", remedy: "Allow it." };
  show(<Findings report={report({ notChecked: [open] })} />);
  expect(screen.getByText(open.title)).toBeVisible();
  expect(screen.queryByText(said.doctor.wellText)).toBeNull();
  expect(screen.getByRole("link", { name: said.allow.action })).toHaveAttribute("href", "/auth/sign-in?scopes=applications.read&return=%2Fo%2Fcontoso%2Fsetup%3Fstep%3Ddoctor");
});
