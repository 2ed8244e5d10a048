// An agent's own callbacks: when they are told of, in which words, and which view of the two is the newer one.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { keyOf, promiseWords, reminders, stateWords, windowWords, zoneWords } from "../src/console/callbacks";
import { newer } from "../src/console/desk";
import { attributesOf, linesOf } from "../src/console/EditRecord";
import type { AgentView, Callback } from "../src/shared/types";

const NOON = Date.parse("2026-11-25T12:00:00Z");
const at = (seconds: number) => new Date(NOON + seconds * 1000).toISOString();

function callback(due: number, change: Partial<Callback> = {}): Callback {
  return {
    interaction: "yusuf",
    name: "Yusuf Adair",
    display_number: "+44 7700 900155",
    state: "queued",
    due_at: at(due),
    promised_at: at(due),
    promised_until: at(due + 3600),
    zone: "Europe/London",
    tries: 0,
    last_outcome: null,
    mine: true,
    ...change,
  };
}

describe("reminders", () => {
  test("five minutes before and at the time, each once", () => {
    const told = new Set<string>();
    const heard: string[] = [];
    for (let now = 0; now <= 900; now += 1) {
      for (const reminder of reminders([callback(600)], NOON + now * 1000, told)) {
        told.add(keyOf(reminder));
        heard.push(`${reminder.when} ${now}`);
      }
    }
    expect(heard).toEqual(["soon 300", "now 600"]);
  });

  test("another time is another reminder; what is being called, or long past, is none", () => {
    const told = new Set([keyOf({ callback: callback(100), when: "soon" })]);
    expect(reminders([callback(100)], NOON, told)).toEqual([]);
    expect(reminders([callback(200)], NOON, told)).toHaveLength(1);
    expect(reminders([callback(100, { state: "dialling" })], NOON, new Set())).toEqual([]);
    expect(reminders([callback(-120)], NOON, new Set())).toEqual([]);
  });
});

describe("words", () => {
  beforeEach(() => vi.stubEnv("TZ", "Europe/London"));
  afterEach(() => vi.unstubAllEnvs());

  test("how far it is", () => {
    expect(stateWords(callback(1380), NOON)).toBe("Due in 23 min");
    expect(stateWords(callback(90_000), NOON)).toBe("Booked");
    expect(stateWords(callback(-1), NOON)).toBe("Due now");
    expect(stateWords(callback(600, { tries: 1, last_outcome: "busy" }), NOON)).toBe("Try 2, last: busy");
    expect(stateWords(callback(0, { state: "dialling" }), NOON)).toBe("Being called");
  });

  test("what the clock shows there, only where it is another one", () => {
    expect(promiseWords(callback(0))).toBe("until 13:00");
    expect(promiseWords(callback(0, { zone: "Europe/Oslo" }))).toBe("until 13:00 · 13:00 there");
  });

  test("a window is theirs first", () => {
    const window = { date: "2026-11-26", from: "15:00", until: "16:00", left: 1 };
    const paris = {
      ...window,
      zone: "Europe/Paris",
      starts_at: "2026-11-26T14:00:00Z",
      ends_at: "2026-11-26T15:00:00Z",
    };
    expect(windowWords(paris)).toBe("15:00–16:00 (14:00–15:00 here)");
    const london = {
      ...window,
      zone: "Europe/London",
      starts_at: "2026-11-26T15:00:00Z",
      ends_at: "2026-11-26T16:00:00Z",
    };
    expect(windowWords(london)).toBe("15:00–16:00");
  });

  test("how far the zone is ahead", () => {
    const now = new Date(NOON);
    expect(zoneWords("Europe/Paris", now)).toBe("Paris, 1 hour ahead");
    expect(zoneWords("Europe/London", now)).toBe("London, as here");
    expect(zoneWords("America/New_York", now)).toBe("New York, 5 hours behind");
  });
});

test("tags are a line each, and come back as they went", () => {
  const said = { "Trade price": "no", "Kitchen project": "" };
  expect(attributesOf(linesOf(said))).toEqual(said);
  expect(attributesOf("  a : b: c \n\n:x")).toEqual({ a: "b: c" });
});

describe("of two views", () => {
  const view = (version: number, server_time: string, id = "1042") =>
    ({ version, server_time, agent: { id } }) as AgentView;

  test("the higher version is shown, whenever it comes", () => {
    const [old, now] = [view(7, at(9)), view(8, at(5))];
    expect(newer(old, now)).toBe(now);
    expect(newer(now, old)).toBe(now);
  });

  test("of one version the one that was written later", () => {
    const [old, now] = [view(7, at(1)), view(7, at(2))];
    expect(newer(old, now)).toBe(now);
    expect(newer(now, old)).toBe(now);
  });

  test("another agent's is no older one", () => {
    const [mine, theirs] = [view(7, at(1)), view(1, at(0), "1043")];
    expect(newer(mine, theirs)).toBe(theirs);
  });
});
