import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { OperatedOrganization } from "../../api/operator";
import { operator } from "../../messages/operator";
import { show } from "../../test/show";
import { ActDialog } from "./ActDialog";
import { OrganizationsView } from "./OrganizationsView";

const said = operator.organizations;
const nothing = () => undefined;
const usual = { more: false, onMore: nothing, trouble: undefined, again: nothing, onAct: nothing, onSupport: nothing };
const states = ["pending", "onboarding", "active", "suspended", "deleted"] as const;
const all: OperatedOrganization[] = states.map((state) => ({ id: state, slug: `${state}-one`, state }));

test("each state offers what can be done with it, and no more", () => {
  show(<OrganizationsView {...usual} organizations={all} />);
  const rows = within(screen.getByRole("table", { name: said.all })).getAllByRole("row").slice(1);
  const offered = rows.map((row) => within(row).queryAllByRole("button").map((button) => button.textContent));
  expect(offered).toEqual([[said.admit, said.support], [said.suspend, said.support], [said.suspend, said.support], [said.resume, said.support], []]);
});

test("who waits for admission stands first", () => {
  show(<OrganizationsView {...usual} organizations={all} />);
  const queue = screen.getByRole("table", { name: said.queue });
  expect(within(queue).getAllByRole("row")).toHaveLength(2);
  expect(within(queue).getByText("pending-one")).toBeVisible();
});

test("an act is done with a reason and not without", async () => {
  const onSubmit = vi.fn();
  show(<ActDialog slug="north" act="suspend" busy={false} trouble={undefined} onSubmit={onSubmit} onCancel={nothing} />);
  await userEvent.click(screen.getByRole("button", { name: said.suspend }));
  expect(screen.getByText(said.reasonMissing)).toBeVisible();
  expect(onSubmit).not.toHaveBeenCalled();
  await userEvent.type(screen.getByRole("textbox", { name: said.reason }), "  does not answer ");
  await userEvent.click(screen.getByRole("button", { name: said.suspend }));
  expect(onSubmit).toHaveBeenCalledExactlyOnceWith("does not answer");
});
