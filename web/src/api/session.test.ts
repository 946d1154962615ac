import { QueryClient } from "@tanstack/react-query";
import { waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { client, page } from "./client";
import { sessionQuery } from "./session";

afterEach(() => {
  vi.unstubAllGlobals();
});

const signedIn = (oid: string, tid = "t1") => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ oid, tid, name: oid, guest: false, operator: false })));
};

test("what was read for one person is not shown to the next", async () => {
  const reload = vi.fn();
  vi.stubGlobal("location", { reload });
  const queries = new QueryClient();
  const ask = () => queries.query({ ...sessionQuery, staleTime: 0 });
  signedIn("alice");
  await ask();
  queries.setQueryData(["contoso", "log"], "records");
  await ask();
  expect(reload).not.toHaveBeenCalled();
  expect(queries.getQueryData(["contoso", "log"])).toBe("records");

  signedIn("bob");
  void ask().catch(() => undefined);
  await waitFor(() => { expect(reload).toHaveBeenCalledOnce(); });
  expect(queries.getQueryData(["contoso", "log"])).toBeUndefined();
  expect(queries.getQueryData(["session"])).toBeUndefined();

  signedIn("alice", "t2");
  void ask().catch(() => undefined);
  await waitFor(() => { expect(reload).toHaveBeenCalledTimes(2); });
});

test("each request but that for the session says whose page it is", async () => {
  const said: (string | null)[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    said.push(request.headers.get("Gatehouse-Page-Of"));
    return Promise.resolve(Response.json({ oid: "alice", tid: "t1", items: [] }));
  });
  page.of = undefined;
  await new QueryClient().query(sessionQuery);
  await client.GET("/api/organizations/{org}/holds", { params: { path: { org: "contoso" } } });
  expect(said).toEqual([null, "t1/alice"]);
});
