import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { logHeadQuery } from "../../api/auditlog";
import { verify as said } from "../../messages/auditverify";
import { PlaceContext } from "../../shell/place";
import { organization } from "../../test/factories";
import { show } from "../../test/show";
import { VerifyPage } from "./VerifyPage";

vi.mock("../../verify/start", () => ({ verifyBeside: () => Promise.resolve({ code: 0, lines: ["PROVEN"] }) }));

function arrive() {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  queries.setQueryData(logHeadQuery("contoso").queryKey, { keys: [{ key: "k1" }, { key: "k2" }], origin: "gh/log" } as never);
  show(
    <QueryClientProvider client={queries}>
      <PlaceContext value={{ organization, held: ["auditor"], visiting: false }}>
        <VerifyPage />
      </PlaceContext>
    </QueryClientProvider>,
  );
}

const choose = (name: string) => fireEvent.change(screen.getByLabelText(said.file, { selector: "input" }), { target: { files: [new File(["{}"], name)] } });
const fill = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
const verdict = () => {
  fireEvent.click(screen.getByText(said.go));
  return screen.findByText(said.code[0]);
};
const gone = () => waitFor(() => { expect(screen.queryByText(said.code[0])).toBeNull(); });
const card = () => screen.getByRole("status");

test("a verdict names its file, and goes when anything that was asked changes", async () => {
  arrive();
  choose("a.ndjson");
  await verdict();
  expect(card()).toHaveTextContent("a.ndjson");
  choose("b.ndjson");
  await gone();
  for (const label of [said.checkpoint, said.key, said.origin]) {
    await verdict();
    expect(card()).toHaveTextContent("b.ndjson");
    fill(label, "x");
    await gone();
  }
});

test("what the deployment tells is said to be that for as long as it is in use", async () => {
  arrive();
  choose("a.ndjson");
  fill(said.key, "k2\nmine\nk1");
  await verdict();
  expect(card()).toHaveTextContent(said.toldKey);
  expect(card()).toHaveTextContent(said.toldOrigin);
  fill(said.key, "mine");
  fill(said.origin, "other/log");
  await gone();
  await verdict();
  expect(card()).not.toHaveTextContent(said.toldKey);
  expect(card()).not.toHaveTextContent(said.toldOrigin);
});
