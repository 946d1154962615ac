import { expect, test } from "vitest";
import { slugOf } from "./RegisterView";

test("a directory is called as the domain of whoever has signed in", () => {
  expect(["ada@adatum.example", "Ada@AD-atum.co.uk", "ada", "a@x.y", undefined].map(slugOf)).toEqual(["adatum", "ad-atum", "", "", ""]);
});
