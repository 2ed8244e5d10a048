// The widget's side of the window that holds the customer's telephone.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WindowNews } from "../src/shared/callWindow";
import { CallWindow } from "../src/widget/callWindow";

const BASE = "https://calls.example";
const there = { focus: vi.fn(), close: vi.fn(), closed: false };
let call: CallWindow;
let told: (string | null)[];

function says(step: WindowNews["step"], from = BASE, interaction = "one"): void {
  const data = { ctiapp: "call_window", interaction, step, words: step };
  const event = new MessageEvent("message", { data, origin: from });
  Object.defineProperty(event, "source", { value: there });
  dispatchEvent(event);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  there.closed = false;
  told = [];
  call = new CallWindow(BASE, (before) => told.push(before));
});
afterEach(() => {
  call.stop();
  vi.useRealTimers();
});

test("a click opens one window; another click brings it to the front", () => {
  const open = vi.spyOn(window, "open").mockReturnValue(there as unknown as Window);
  call.open("one", "secret", true);
  says("asking");
  call.open("one", "secret", false);
  expect(open).toHaveBeenCalledTimes(1);
  const [address, name] = open.mock.calls[0] ?? [];
  expect(name).toBe("ctiapp-call");
  const { pathname, search, hash } = new URL(String(address));
  expect([pathname, search]).toEqual(["/call", ""]);
  expect(Object.fromEntries(new URLSearchParams(hash.slice(1)))).toEqual({
    interaction: "one",
    token: "secret",
    from: location.origin,
    video: "1",
  });
  expect(there.focus).toHaveBeenCalledTimes(2);
});

test("a browser that opens none is told of, until one speaks", () => {
  vi.spyOn(window, "open").mockReturnValue(null);
  call.open("one", "secret", false);
  expect([call.blocked, call.news]).toEqual([true, null]);
  says("asking");
  expect(call.blocked).toBe(false);
});

test("the next page finds the window by what it says, and by nobody else's words", () => {
  call.listen("one");
  says("talking", "https://evil.example");
  says("talking", BASE, "another");
  dispatchEvent(new MessageEvent("message", { data: null, origin: BASE }));
  expect([call.news, told]).toEqual([null, []]);
  says("calling");
  says("calling");
  says("talking");
  expect(call.news?.step).toBe("talking");
  expect(told).toEqual([null, "calling"]);
  call.front();
  expect(there.focus).toHaveBeenCalledTimes(1);
  call.close();
  expect(there.close).not.toHaveBeenCalled();
});

test("a window that is closed, or silent for seconds, is gone", () => {
  call.listen("one");
  says("asking");
  vi.advanceTimersByTime(3000);
  expect(call.news?.step).toBe("asking");
  there.closed = true;
  vi.advanceTimersByTime(1000);
  expect(call.news).toBeNull();
  there.closed = false;
  says("calling");
  vi.advanceTimersByTime(6000);
  expect([call.news, told.at(-1)]).toEqual([null, "calling"]);
});
