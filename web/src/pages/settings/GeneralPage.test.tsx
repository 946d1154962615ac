import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { messages } from "../../messages/common";
import { settings } from "../../messages/settings";
import { PlaceContext } from "../../shell/place";
import { organization } from "../../test/factories";
import { show } from "../../test/show";
import { GeneralPage } from "./GeneralPage";

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a suspension is of the organization as it was when it was asked about", async () => {
  const server = { tag: "1", named: [] as (string | null)[] };
  vi.stubGlobal("fetch", ({ method, headers }: Request) => {
    const ETag = server.tag;
    if (method === "GET") {
      return Promise.resolve(Response.json({ ...organization, origins: [], membership: { softSeconds: 300, hardSeconds: 3600 } }, { headers: { ETag } }));
    }
    server.named.push(headers.get("If-Match"));
    if (headers.get("If-Match") === ETag) return Promise.resolve(Response.json(organization));
    return Promise.resolve(Response.json({ type: "about:blank", title: "Changed", status: 412, detail: "changed meanwhile", instance: "urn:uuid:1" }, { status: 412 }));
  });
  show(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } })}>
      <PlaceContext value={{ organization, held: ["owner"], visiting: false }}>
        <GeneralPage />
      </PlaceContext>
    </QueryClientProvider>,
  );
  const general = settings.general;
  const ask = async () => {
    fireEvent.click(await screen.findByText(general.suspend));
    return within(await screen.findByRole("alertdialog", { name: general.suspendTitle(organization.name) }));
  };
  await screen.findByText(general.suspend);
  server.tag = "2"; // a colleague renames it
  let dialog = await ask();
  server.tag = "3"; // and again
  fireEvent.click(dialog.getByText(general.suspend));
  await dialog.findByText("Changed meanwhile.", { exact: false });
  fireEvent.click(dialog.getByText(messages.cancel));
  dialog = await ask();
  fireEvent.click(dialog.getByText(general.suspend));
  await waitFor(() => { expect(server.named).toEqual(["2", "3"]); });
});
