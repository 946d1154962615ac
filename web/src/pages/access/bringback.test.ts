import { expect, test, vi } from "vitest";
import type { Assignment } from "../../api/access";
import { ApiError } from "../../api/problem";
import { broughtBack, InPart } from "./bringback";

const assignment = (id: string, endsAt?: string): Assignment => ({ id, role: "r1", subject: { kind: "person", value: id }, endsAt });

test("an assignment that has ended does not keep the others from coming back", async () => {
  const make = vi.fn(() => Promise.resolve());
  await broughtBack([assignment("a", "2020-01-01T00:00:00Z"), assignment("b"), assignment("c", "2999-01-01T00:00:00Z")], make);
  expect(make.mock.calls).toEqual([[expect.objectContaining({ id: "b" })], [expect.objectContaining({ id: "c" })]]);
});

test("one that fails is told, with how many came back", async () => {
  const make = vi.fn(({ id }: Assignment) => (id === "a" ? Promise.reject(new ApiError({ kind: "offline" })) : Promise.resolve()));
  const undo = broughtBack([assignment("a"), assignment("b"), assignment("c")], make);
  await expect(undo).rejects.toThrow(InPart);
  await expect(undo).rejects.toThrow("2 of 3");
  expect(make).toHaveBeenCalledTimes(3);
});
