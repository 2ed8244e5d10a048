import { expect, test } from "vitest";
import { canStart, choicesOf, customerOf, firstNameOf, isOnHold, standing } from "../src/console/transfer";
import type { Engagement, Transfer } from "../src/shared/types";

const TARGETS = {
  agents: [
    {
      id: "1044",
      name: "Ines Varga",
      first_name: "Ines",
      state: "ready",
      since: "2026-11-25T09:00:00Z",
      skills: { general: 1, kitchens: 5 },
    },
  ],
  teams: [
    { skill: "kitchens", ready: 2, logged_in: 3, free_in_seconds: null },
    { skill: "lighting", ready: 0, logged_in: 2, free_in_seconds: 190 },
  ],
};

function held(transfer: Partial<Transfer> | null, more: Partial<Engagement> = {}): Engagement {
  return {
    state: "talking",
    role: "handling",
    customer: { name: "Marit Solvang" },
    transfer: transfer && {
      kind: "attended",
      state: "consulting",
      role: "sender",
      name: "Ines Varga",
      first_name: "Ines",
      skill: null,
      number: null,
      outcome: null,
      since: "",
      ...transfer,
    },
    ...more,
  } as Engagement;
}

const told = (engagement: Engagement) => standing(engagement)?.words;

test("what the sender is told, in the words of the design", () => {
  expect(told(held(null))).toBeUndefined();
  expect(told(held({ state: "ringing" }))).toBe("Calling Ines…");
  expect(told(held({ state: "consulting" }))).toBe("You talk with Ines. Marit can't hear you.");
  expect(told(held({ state: "conference" }))).toBe("Marit, Ines and you talk together.");
  const alone = held({ state: "alone", outcome: "no_answer" });
  expect(standing(alone)).toEqual({ words: "Ines didn't answer. Marit is still on hold.", bad: true });
  expect(told(held({ state: "done", outcome: "taken_back" }))).toBeUndefined();
  expect(told(held({ state: "done", outcome: "completed" }, { state: "wrap_up" }))).toBe(
    "Passed on to Ines.",
  );
  const back = held({ kind: "blind", state: "done", outcome: "rejected" });
  expect(told(back)).toBe("Ines declined. Marit is with you.");
});

test("busy is what a colleague's telephone says when they decline, and what a number is", () => {
  expect(told(held({ state: "alone", outcome: "busy" }))).toContain("Ines declined.");
  const outside = { first_name: "020 7946 0137", number: "020 7946 0137" };
  expect(told(held({ state: "alone", outcome: "busy", ...outside }))).toContain("020 7946 0137 is busy.");
});

test("what the receiver is told before the customer is theirs, and not after", () => {
  const noor = { role: "receiver", first_name: "Noor" } as const;
  expect(told(held({ ...noor, state: "ringing" }, { state: "ringing", role: "receiving" }))).toBe(
    "Noor passes this customer on to you.",
  );
  expect(told(held(noor, { role: "receiving" }))).toBe("You talk with Noor. Marit can't hear you.");
  expect(told(held({ ...noor, state: "done", outcome: "completed" }))).toBeUndefined();
});

test("while the sender decides, nobody hangs up by mistake, and the customer may be taken back", () => {
  expect(isOnHold(held({ state: "ringing" }))).toBe(true);
  expect(isOnHold(held({ state: "alone" }))).toBe(true);
  expect(isOnHold(held({ state: "conference" }))).toBe(true);
  expect(isOnHold(held({ state: "done" }))).toBe(false);
  expect(isOnHold(held({ kind: "blind", state: "ringing" }))).toBe(false);
  expect(isOnHold(held({ role: "receiver" }))).toBe(false);
});

test("another one can be chosen when nobody is being called", () => {
  expect(canStart(held(null))).toBe(true);
  expect(canStart(held({ state: "alone" }))).toBe(true);
  expect(canStart(held({ state: "consulting" }))).toBe(false);
  expect(canStart(held({ state: "done" }, { role: "receiving" }))).toBe(false);
  expect(canStart(held(null, { state: "wrap_up" }))).toBe(false);
});

test("agents with their best skills, teams, and a whole number that was typed", () => {
  const [ines, kitchens, lighting] = choicesOf(TARGETS, "kit");
  expect(ines).toMatchObject({ to: { agent: "1044" }, detail: "kitchens 5 · general 1", state: "ready" });
  expect(kitchens).toMatchObject({
    to: { skill: "kitchens" },
    name: "Kitchens team",
    detail: "2 of 3 ready",
  });
  expect(lighting).toMatchObject({ detail: "free in about 3 min", state: "not_ready" });
  expect(choicesOf(null, "020 7946 0137")[0]).toMatchObject({ to: { number: "020 7946 0137" } });
  expect(choicesOf(TARGETS, "12")).toHaveLength(3);
  expect([ines, kitchens].map((one) => one && firstNameOf(one))).toEqual(["Ines", "Kitchens team"]);
});

test("a stranger is the customer", () => {
  expect(customerOf(held(null, { customer: null }))).toBe("The customer");
});
