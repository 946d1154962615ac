import { useMutation } from "@tanstack/react-query";
import { act, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ApiError } from "../api/problem";
import type { Change, Tagged } from "../api/tagged";
import { run } from "../test/hook";
import { useEditing } from "./editing";

const clash = new ApiError({ kind: "problem", problem: { type: "urn:gatehouse:problem:changed", title: "Changed", status: 412, detail: "changed", instance: "urn:uuid:1" } });

/** A form that is open, whose saving clashes. */
async function clashing(second: Promise<Tagged<string>>) {
  const read = vi.fn<(id: string) => Promise<Tagged<string>>>().mockResolvedValueOnce({ value: "then", tag: "1" }).mockReturnValueOnce(second);
  const saved: Change<string>[] = [];
  const hook = run(() =>
    useEditing(
      read,
      useMutation({
        mutationFn: (change: Change<string>) => {
          saved.push(change);
          return change.tag === "2" ? Promise.resolve() : Promise.reject(clash);
        },
      }),
    ),
  );
  const save = () => {
    act(() => {
      hook.current.save("typed", () => undefined);
    });
  };
  act(() => {
    hook.current.open("a");
  });
  await waitFor(() => {
    expect(hook.current.value).toBe("then");
  });
  save();
  await waitFor(() => {
    expect(read).toHaveBeenCalledTimes(2);
  });
  return { hook, save, saved };
}

test("a form that is canceled after a clash stays closed", async () => {
  let told: (now: Tagged<string>) => void = () => undefined;
  const { hook } = await clashing(new Promise((resolve) => (told = resolve)));
  await act(async () => {
    hook.current.close();
    told({ value: "now", tag: "2" });
    await Promise.resolve();
  });
  expect(hook.current.value).toBeUndefined();
});

test("saving again after a clash replaces what is there, with what was typed", async () => {
  const { hook, save, saved } = await clashing(Promise.resolve({ value: "now", tag: "2" }));
  expect(hook.current.value).toBe("then");
  save();
  await waitFor(() => {
    expect(hook.current.value).toBeUndefined();
  });
  expect(saved.map((change) => change.tag)).toEqual(["1", "2"]);
});
