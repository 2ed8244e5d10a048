import { expect, test } from "vitest";
import { askFor, during } from "../src/console/find";
import { keyOf } from "../src/console/keys";

test("three letters or digits are asked for, and no fewer", () => {
  for (const little of ["", "  ", "ab", "a b ", "+4 -", "%%%%", "___"]) expect(askFor(little)).toBeNull();
  expect(askFor("  sol ")).toBe("sol");
  expect(askFor("Ægir")).toBe("Ægir");
  expect(askFor("x".repeat(300))).toHaveLength(100);
});

test("what was found with one customer is not shown with the next", () => {
  const found = { interaction: "one", value: "Marit" };
  expect(during(found, "one")).toBe("Marit");
  expect(during(found, "two")).toBeNull();
  expect(during(found, null)).toBeNull();
  expect(during({ interaction: null, value: "Marit" }, "one")).toBeNull();
  expect(during(null, null)).toBeNull();
});

test("the stroke is a key outside fields, also where it needs Shift, and with Alt and Shift everywhere", () => {
  const press = (said: object) => ({ key: "/", code: "Slash", target: null, ...said }) as KeyboardEvent;
  expect(keyOf(press({}))).toBe("/");
  expect(keyOf(press({ code: "Digit7", shiftKey: true }))).toBe("/");
  expect(keyOf(press({ key: "?", shiftKey: true, altKey: true }))).toBe("/");
  expect(keyOf(press({ ctrlKey: true }))).toBeNull();
});
