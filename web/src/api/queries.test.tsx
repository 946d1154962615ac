import { QueryClientProvider, useMutation } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { queries } from "./queries";

let pressed = 0;

function Press() {
  const act = useMutation({
    mutationFn: () => {
      pressed++;
      return new Promise<void>(() => undefined);
    },
  });
  return (
    <button
      disabled={act.isPending}
      onClick={() => {
        act.mutate();
      }}
    >
      Press
    </button>
  );
}

// As a browser does it: what the first press has queued as microtasks comes before the second.
test("a double click presses once", async () => {
  const { container } = render(
    <QueryClientProvider client={queries}>
      <Press />
    </QueryClientProvider>,
  );
  const button = container.querySelector("button");
  button?.click();
  for (let i = 0; i < 20; i++) await Promise.resolve();
  button?.click();
  await new Promise((done) => setTimeout(done, 20));
  expect(pressed).toBe(1);
});
