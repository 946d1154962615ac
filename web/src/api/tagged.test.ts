import { expect, test } from "vitest";
import { troubleOf } from "../trouble";
import { every } from "./tagged";

const pages = (last: number) => (cursor: string | undefined) => {
  const at = Number(cursor ?? "1");
  return Promise.resolve({ items: [at], nextCursor: at < last ? String(at + 1) : undefined });
};

test("a list is had whole or not at all", async () => {
  expect(await every(pages(20))).toHaveLength(20);
  const refused = await every(pages(21)).catch((error: unknown) => troubleOf(error).title);
  expect(refused).toBe("The list is too long");
});
