import { expect, test } from "vitest";
import { seenApp } from "../../test/factories";
import { matches, rowsOf, stateOf } from "./rows";

const request = (software: string) => ({ software, name: software, answersTo: "127.0.0.1", firstAt: "2026-11-01T09:00:00Z", lastAt: "2026-11-20T09:00:00Z", times: 1, person: { oid: "1", name: "Alice" } });

test("what is listed and was never seen comes last, and nothing comes twice", () => {
  const rows = rowsOf([seenApp({ software: "a", name: "Seen" }), seenApp({ software: "b", listed: false })], [{ id: "a", name: "Listed" }, { id: "c", name: "Unused" }], []);
  expect(rows.map(({ id, name }) => [id, name])).toEqual([["a", "Listed"], ["b", "b"], ["c", "Unused"]]);
});

test("an app is listed by itself or by its host, waits, or is neither", () => {
  const rows = rowsOf([seenApp({ software: "a", listed: false }), seenApp({ software: "b", listed: true }), seenApp({ software: "c", listed: false }), seenApp({ software: "d", listed: false })], [{ id: "a", name: "A" }], [request("c")]);
  expect(rows.map(stateOf)).toEqual(["listed", "listed", "waits", "unlisted"]);
});

test("a search looks at what the app calls itself, too", () => {
  const [row] = rowsOf([seenApp({ software: "x", name: "Claude", host: "claude.ai" })], [{ id: "x", name: "Assistant" }], []);
  expect(row && ["assist", "CLAUDE", ".ai", "nothing"].map((text) => matches(row, text))).toEqual([true, true, true, false]);
});
