// A call that we make, as the agent sees it: how far it is, and what was asked and promised.
import { expect, test } from "vitest";
import {
  earlierTries,
  LOOKS,
  moment,
  phaseOf,
  phaseSeconds,
  promised,
  timeThere,
} from "../src/console/outgoing";
import { age } from "../src/shared/format";
import type { CallOut, Engagement } from "../src/shared/types";

const NOW = Date.parse("2026-11-25T14:05:20Z");
const REQUEST: CallOut = {
  state: "dialling",
  preview_until: "2026-11-25T14:05:32Z",
  requested_at: "2026-11-25T13:53:00Z",
  promised_at: "2026-11-25T14:00:00Z",
  promised_until: null,
  zone: "Europe/Paris",
  tries: 0,
  abandoned: 0,
  last_outcome: null,
  customer_ringing_at: "2026-11-25T14:05:16Z",
  customer_answered_at: "2026-11-25T14:05:19Z",
};

function held(state: CallOut["state"], own: Engagement["state"] = "reserved"): Engagement {
  return { state: own, reserved_at: "2026-11-25T14:05:10Z", call_me: { ...REQUEST, state } } as Engagement;
}

test.each([
  ["previewing", "preview", 12],
  ["dialling", "calling", 10],
  ["queued", "calling", 10],
  ["ringing", "rings", 4],
  ["connecting", "connecting", 1],
  ["talking", "connecting", 1],
] as const)("a request that is %s is shown as %s", (state, phase, seconds) => {
  const engagement = held(state);
  expect(phaseOf(engagement)).toBe(phase);
  expect(phaseSeconds(phase, engagement, NOW)).toBe(seconds);
  expect(LOOKS[phase].strip("Marit").length).toBeGreaterThan(0);
});

test("once the agent's telephone rings it is a call like any other", () => {
  expect(phaseOf(held("talking", "ringing"))).toBeNull();
  expect(phaseOf(held("done", "wrap_up"))).toBeNull();
  expect(phaseOf({ state: "reserved", call_me: null } as Engagement)).toBeNull();
});

test("what was promised, and what was tried", () => {
  const now = new Date(NOW);
  expect(promised(REQUEST, now)).toBeNull();
  const window = { ...REQUEST, promised_until: "2026-11-25T15:00:00Z" };
  expect(promised(window, now)).toMatch(/^\d\d:\d\d–\d\d:\d\d$/);
  expect(moment("2026-11-20T13:00:00Z", now)).toMatch(/^20 Nov \d\d:00$/);
  expect(earlierTries(REQUEST)).toBeNull();
  expect(earlierTries({ ...REQUEST, tries: 2, last_outcome: "no_answer" })).toBe("2, last: no answer");
  expect(timeThere("Europe/Paris", now)).toBe("15:05, Paris");
  expect(timeThere("no/where", now)).toBe("where");
});

test("how old the page is", () => {
  expect([59, 60, 725, 3599, 7200, 90_000, 200_000].map(age)).toEqual([
    "0 min",
    "1 min",
    "12 min",
    "59 min",
    "2 h",
    "1 day",
    "2 days",
  ]);
});
