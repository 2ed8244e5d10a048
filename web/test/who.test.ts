import { expect, test } from "vitest";
import { isTheirs, subjectOf } from "../src/widget/who";

const signed = (claims: object) => `head.${btoa(JSON.stringify(claims)).replaceAll("=", "")}.proof`;

test("the shop's customer is who its signed word names", () => {
  expect(subjectOf(signed({ sub: "C-1001", name: "Marit ÿ?>" }))).toBe("C-1001");
  for (const none of [null, "", "x", "a.b.c", signed({ sub: 7 }), signed({})]) {
    expect(subjectOf(none)).toBeNull();
  }
});

test("what a customer asked for is not shown to another, nor after they signed out", () => {
  expect(isTheirs("C-1001", "C-1001")).toBe(true);
  expect(isTheirs("C-1001", "C-1002")).toBe(false);
  expect(isTheirs("C-1001", null)).toBe(false);
});

test("who asked before signing in is still the same", () => {
  expect(isTheirs(null, "C-1001")).toBe(true);
  expect(isTheirs(undefined, null)).toBe(true);
});
