import { expect, test } from "vitest";
import { findNumbers, isIban, maskNumbers, passesLuhn } from "../src/page/numbers";

test.each([
  ["4242424242424242", true],
  ["4242424242424241", false],
  ["378282246310005", true],
  ["0000000000000000", false],
  ["424242424242", false],
])("Luhn: %s is %s", (digits, expected) => expect(passesLuhn(digits)).toBe(expected));

test.each([
  ["GB33BUKB20201555555555", true],
  ["NO9386011117947", true],
  ["GB34BUKB20201555555555", false],
  ["HELLOWORLD", false],
])("IBAN: %s is %s", (text, expected) => expect(isIban(text)).toBe(expected));

test("only the number is masked", () => {
  expect(maskNumbers("to 4242 4242 4242 4242 by Friday")).toBe("to •••••• by Friday");
  expect(maskNumbers("4242 4242 4242 4242 12/27 123")).not.toContain("4242");
  expect(maskNumbers("42424242424242421227123")).not.toContain("4242");
});

test.each([
  "020 7946 0131",
  "+44 7700 900142",
  "2026-11-25 10:00:00",
  "£1,204.00",
  "ISBN 0-306-40615-2",
  "SW4 7XX",
  "1500 × 600 × 40",
])("ordinary numbers stay: %s", (text) => expect(findNumbers(text)).toEqual([]));
