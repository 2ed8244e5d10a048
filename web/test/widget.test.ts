import { expect, test } from "vitest";
import { newer } from "../src/console/desk";
import { clock, initials, opening, shortName, spoken } from "../src/shared/format";
import type { AgentView } from "../src/shared/types";
import { contrastWithWhite } from "../src/widget/config";
import { Countdown } from "../src/widget/countdown";
import { newKey, visitor } from "../src/widget/session";

test("the countdown follows the server's seconds, not the local clock", () => {
  let now = 5000;
  const countdown = new Countdown(() => now);
  countdown.set(90);
  now += 30_000;
  expect(countdown.left()).toBe(60);
  countdown.set(88);
  expect(countdown.left()).toBe(88);
  now += 200_000;
  expect(countdown.left()).toBe(0);
});

test("it is spoken at two minutes, one minute and thirty seconds, once each", () => {
  let now = 0;
  const countdown = new Countdown(() => now);
  const heard: number[] = [];
  countdown.set(125);
  for (let second = 0; second <= 125; second += 1) {
    now = second * 1000;
    const mark = countdown.toSpeak();
    if (mark !== null) heard.push(mark);
  }
  expect(heard).toEqual([120, 60, 30]);
});

test("an accent that white text cannot be read on is refused", () => {
  expect(contrastWithWhite("#0e5a6b")).toBeGreaterThan(4.5);
  expect(contrastWithWhite("#fa0")).toBeLessThan(4.5);
  expect(contrastWithWhite("red; background: url(x)")).toBeNull();
});

test("keys are UUIDs, and never the same", () => {
  const keys = new Set(Array.from({ length: 100 }, newKey));
  expect(keys.size).toBe(100);
  for (const key of keys)
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a visitor keeps one cookie", () => {
  const first = visitor();
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(visitor()).toBe(first);
});

test("times and names as people read them", () => {
  expect(clock(272)).toBe("4:32");
  expect(clock(-3)).toBe("0:00");
  expect(clock(3725)).toBe("1:02:05");
  expect(spoken(381)).toBe("6 min 21 s");
  expect(spoken(40)).toBe("40 s");
  expect(initials("Marit Solvang")).toBe("MS");
  expect(shortName("Marit Solvang")).toBe("Marit S");
  const now = new Date(2026, 10, 25, 15, 0);
  expect(opening(new Date(2026, 10, 26, 9, 0).toISOString(), now)).toBe("tomorrow at 09:00");
  expect(opening(new Date(2026, 10, 25, 17, 30).toISOString(), now)).toBe("today at 17:30");
  expect(opening(new Date(2026, 10, 30, 9, 0).toISOString(), now)).toBe("on Monday at 09:00");
});

test("a late view changes nothing", () => {
  const view = (version: number) => ({ version, agent: { id: "1042" } }) as AgentView;
  const known = view(5);
  expect(newer(known, view(4))).toBe(known);
  expect(newer(known, view(6)).version).toBe(6);
  expect(newer(null, view(1)).version).toBe(1);
});
