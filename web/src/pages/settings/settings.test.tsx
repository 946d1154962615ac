import { fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { Settled } from "../../api/state";
import { messages } from "../../messages/common";
import { settings as said } from "../../messages/settings";
import { organization } from "../../test/factories";
import { show } from "../../test/show";
import { stateOf } from "./BodyGrants";
import { GeneralDialog } from "./GeneralDialog";
import { GeneralView, stretch } from "./GeneralView";
import { LimitDialog } from "./LimitDialog";
import { rateOf } from "./LimitsView";

const nothing = () => undefined;
const settled = (with_: Partial<Settled> = {}): Settled => ({ ...organization, origins: [], membership: { softSeconds: 300, hardSeconds: 3600 }, ...with_ });

test("who may not move the organization sees no button, and an operator's suspension is nobody else's", () => {
  const { unmount } = show(<GeneralView organization={settled()} unread={undefined} onEdit={undefined} onMove={undefined} />);
  expect(screen.queryByRole("button")).toBeNull();
  unmount();
  show(<GeneralView organization={settled({ state: "suspended", suspendedBy: "operator" })} unread={undefined} onEdit={undefined} onMove={nothing} />);
  expect(screen.queryByRole("button", { name: said.general.resume })).toBeNull();
  expect(screen.getByText(said.general.byOperator)).toBeVisible();
});

test("what was deleted can be restored and nothing else", async () => {
  const onMove = vi.fn();
  show(<GeneralView organization={settled({ state: "deleted", deletedAt: "2026-11-20T09:00:00Z" })} unread={undefined} onEdit={undefined} onMove={onMove} />);
  expect(screen.getByText(/December 20, 2026/)).toBeVisible();
  expect(screen.getAllByRole("button")).toHaveLength(1);
  await userEvent.click(screen.getByRole("button", { name: said.general.restore }));
  expect(onMove).toHaveBeenCalledExactlyOnceWith("restore");
});

test("a stretch of time is said in its largest whole unit", () => {
  expect([300, 3600, 86_400, 90].map(stretch)).toEqual(["5 minutes", "1 hour", "1 day", "90 seconds"]);
});

test("a rate is read as it was typed, and what is left empty is left out", async () => {
  const onSave = vi.fn();
  show(<LimitDialog busy={false} trouble={undefined} onSave={onSave} onCancel={nothing} />);
  await userEvent.type(screen.getByLabelText(/^Name/), "mine");
  await userEvent.type(screen.getByLabelText(said.limits.perDay), "7");
  await userEvent.click(screen.getByRole("button", { name: said.limits.add }));
  expect(onSave).toHaveBeenCalledExactlyOnceWith("mine", { per: "caller", callsPerDay: 7, whenUncounted: "admit" });
  expect(rateOf({ name: "a", per: "caller", whenUncounted: "admit", rate: { calls: 1, every: "second", burst: 2 } })).toBe("1 call a second, 2 at once");
});

test("a permission to read bodies waits, holds, is over or withdrawn", () => {
  const now = Date.parse("2026-11-20T09:00:00Z");
  const grant = { id: "1", grantee: { kind: "person" as const, id: "2" }, grantedBy: { oid: "3", name: "Carol" }, reason: "An audit", grantedAt: "2026-11-01T09:00:00Z", beginsAt: "2026-11-19T09:00:00Z", endsAt: "2026-11-21T09:00:00Z" };
  expect([grant, { ...grant, beginsAt: "2026-11-20T10:00:00Z" }, { ...grant, endsAt: "2026-11-20T08:00:00Z" }, { ...grant, withdrawnAt: "2026-11-19T10:00:00Z" }].map((g) => stateOf(g, now))).toEqual(["open", "waits", "over", "withdrawn"]);
});

test("an access package is an address in the My Access portal, and says so where it is not", () => {
  const onSave = vi.fn();
  show(<GeneralDialog organization={settled()} busy={false} trouble={undefined} onSave={onSave} onCancel={nothing} />);
  const link = screen.getByLabelText(said.general.accessPackage);
  const save = screen.getByRole("button", { name: messages.save });
  for (const bad of ["javascript:alert(1)", "http://myaccess.microsoft.com/", "https://evil.example/", "https://u@myaccess.microsoft.com/", "https://myaccess.microsoft.com.evil.example/"]) {
    fireEvent.change(link, { target: { value: bad } });
    fireEvent.click(save);
    expect(screen.getByText(said.general.accessPackageWrong)).toBeVisible();
  }
  expect(onSave).not.toHaveBeenCalled();
  const good = "https://myaccess.microsoft.com/@contoso.example#/access-packages/1";
  fireEvent.change(link, { target: { value: ` ${good} ` } });
  fireEvent.click(save);
  expect(onSave.mock.calls[0]?.[0]).toMatchObject({ accessPackageUrl: good });
});
