import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PlaceContext } from "../../shell/place";
import { organization } from "../../test/factories";
import { show } from "../../test/show";
import { AuditPage } from "./AuditPage";
import type { AuditSearch } from "./search";

const view = vi.hoisted(() => ({ search: {}, starts: [] as number[], refresh: (): void => undefined, apps: [] as { value: string; text: string }[] }));

vi.mock("@tanstack/react-router", () => ({ useSearch: () => view.search, useNavigate: () => () => Promise.resolve() }));
vi.mock("./OpenRecord", () => ({ OpenRecord: () => null }));
vi.mock("./ExportDialog", () => ({ ExportDialog: () => null }));
vi.mock("./AuditView", () => ({
  AuditView: ({ starts, onRefresh, known }: { starts: number[]; onRefresh: () => void; known: { apps: typeof view.apps } }) => {
    view.apps = known.apps;
    view.starts = starts;
    view.refresh = onRefresh;
    return null;
  },
}));

const readings = { "/records": 0, "/counts": 0 };

beforeEach(() => {
  Object.assign(readings, { "/records": 0, "/counts": 0 });
  vi.stubGlobal("fetch", ({ url }: Request) => {
    const what = (["/records", "/counts"] as const).find((path) => new URL(url).pathname.endsWith(path));
    if (what) readings[what]++;
    const items: Record<string, unknown[]> = {
      "/counts": [{ from: "2021-03-01T00:00:00Z", count: 5 }],
      "/records": [{ seq: 1, leaf: "AAAA", fields: { id: "1", client: "aebc6443" } }],
      "/clients": [{ id: "aebc6443", name: "Visual Studio Code" }],
    };
    const [, found = []] = Object.entries(items).find(([path]) => new URL(url).pathname.endsWith(path)) ?? [];
    return Promise.resolve(Response.json({ items: found, keys: [] }));
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function arrive(search: AuditSearch) {
  view.search = search;
  show(
    <QueryClientProvider client={new QueryClient()}>
      <PlaceContext value={{ organization, held: ["auditor"], visiting: false }}>
        <AuditPage />
      </PlaceContext>
    </QueryClientProvider>,
  );
}

const settled = (times: number) => waitFor(() => { expect(readings).toEqual({ "/records": times, "/counts": times }); });
const pause = () => act(() => new Promise((resolve) => setTimeout(resolve, 50)));

test.each([{ span: "month" }, { span: "all" }, { span: "custom", from: "2026-11-01T00:00:00.000Z" }] as AuditSearch[])("refreshing reads the log once: $span", async (search) => {
  arrive(search);
  await settled(1);
  await pause();
  act(() => { view.refresh(); });
  await settled(2);
  await pause();
  await settled(2);
});

test("the chart of all time begins where the records do", async () => {
  arrive({ span: "all" });
  await settled(1);
  await waitFor(() => { expect(view.starts[0]).toBe(Date.parse("2021-03-01T00:00:00Z")); });
});

test("an AI app of the list is called as the list calls it", async () => {
  arrive({ span: "month" });
  await waitFor(() => { expect(view.apps).toEqual([{ value: "aebc6443", text: "Visual Studio Code" }]); });
});
