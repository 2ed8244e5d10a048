// The console's own telephone, over a chunk that does what it is told; and what is drawn from its figures.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, Refused } from "../src/console/client";
import { chooseDevice, chosenDevices } from "../src/console/devices";
import { signalOf } from "../src/console/signal";
import { ConsoleTelephone } from "../src/console/telephone";
import type * as Phone from "../src/phone";
import { OFF, type State } from "../src/phone/machine";
import type { Wishes } from "../src/phone/telephone";
import type { Engagement } from "../src/shared/types";

const ACCESS = { url: "", uri: "", user: "", password: "", ice_servers: [] };
const registered: State = { ...OFF, name: "registered", line: true };
const ringing: State = { ...registered, name: "ringing" };
const talking: State = { ...registered, name: "talking", since: 1 };
const ended: State = { ...registered, name: "ended", reason: "hung_up" };

function microphone(change = {}) {
  const track = { readyState: "live", muted: false, ...change };
  return { getAudioTracks: () => [track] } as unknown as MediaStream;
}

function world(engagement: Partial<Engagement> | null = null) {
  const made = { wishes: null as Wishes | null, done: [] as string[], held: engagement };
  const phone = {
    microphone: microphone(),
    start: vi.fn(async (takeOver: boolean) => void made.done.push(takeOver ? "take over" : "start")),
    stop: () => made.done.push("stop"),
    leave: () => made.done.push("leave"),
    answer: () => made.done.push("answer"),
    hangUp: () => made.done.push("hang up"),
  };
  const chunk = {
    stationTelephone: (_station: string, wishes: Wishes) => {
      made.wishes = wishes;
      return phone;
    },
    announce: async () => void made.done.push("tone"),
  };
  const telephone = new ConsoleTelephone(
    () => made.held as Engagement | null,
    async () => chunk as unknown as typeof Phone,
  );
  const show = (state: State) => made.wishes?.show(state);
  return { telephone, made, phone, show };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(api, "telephone").mockResolvedValue(ACCESS);
  vi.spyOn(api, "quality").mockResolvedValue(undefined);
  localStorage.clear();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("a station with a telephone on the desk asks for no microphone", async () => {
  const { telephone, made } = world();
  vi.spyOn(api, "telephone").mockRejectedValue(new Refused("not_found", ""));
  await telephone.begin("2101", "1042");
  expect(telephone.state.isHere).toBe(false);
  expect(made.wishes).toBeNull();
});

test("a server that cannot be asked is asked again, and never after a sign-out", async () => {
  const { telephone, made } = world();
  vi.spyOn(api, "telephone").mockRejectedValueOnce(new Refused("offline", ""));
  await telephone.begin("2111", "1042");
  await vi.advanceTimersByTimeAsync(3000);
  expect([telephone.state.isHere, made.done]).toEqual([true, ["start"]]);
  vi.spyOn(api, "telephone").mockRejectedValueOnce(new Refused("offline", ""));
  await telephone.begin("2111", "1042");
  telephone.end();
  await vi.advanceTimersByTimeAsync(9000);
  expect(made.done).toEqual(["start", "stop"]);
});

test("what stands where Answer stood does nothing for a second", async () => {
  const { telephone, made, show } = world();
  await telephone.begin("2111", "1042");
  show(ringing);
  telephone.answer();
  telephone.answer();
  show(talking);
  telephone.hangUp();
  expect([telephone.state.isLocked, made.done]).toEqual([true, ["start", "answer"]]);
  await vi.advanceTimersByTimeAsync(1000);
  telephone.hangUp();
  expect(made.done).toEqual(["start", "answer", "hang up"]);
});

test("P14 whoever hangs up without a line has the server tell the switch", async () => {
  const { telephone, made, show } = world({ state: "talking", interaction: "i" });
  const told = vi.spyOn(api, "hangUp").mockRejectedValue(new Refused("offline", ""));
  await telephone.begin("2111", "1042");
  show(talking);
  telephone.hangUp();
  expect(told).not.toHaveBeenCalled();
  show({ ...talking, line: false, reason: "server_unreachable" });
  telephone.hangUp();
  expect(told.mock.calls).toEqual([["i"]]);
  expect(made.done).toEqual(["start", "hang up", "hang up"]);
  show({ ...registered, line: false });
  telephone.hangUp();
  made.held = { state: "wrap_up", interaction: "i" };
  show({ ...talking, line: false });
  telephone.hangUp();
  expect(told).toHaveBeenCalledTimes(1);
});

test("P14 it answers by itself after a tone, once, for the customer that the policy is of", async () => {
  const { telephone, made, show } = world();
  await telephone.begin("2111", "1042");
  show(ringing);
  await telephone.answerByItself();
  expect(made.done).toEqual(["start"]);
  made.held = { state: "ringing", auto_answer: true };
  void telephone.answerByItself();
  await telephone.answerByItself();
  await vi.advanceTimersByTimeAsync(0);
  expect(made.done).toEqual(["start", "tone", "answer"]);
});

test("P14 whom a colleague passes on is not answered by itself", async () => {
  const { telephone, made, show } = world({ state: "ringing", auto_answer: true, role: "receiving" });
  await telephone.begin("2111", "1042");
  show(ringing);
  await vi.advanceTimersByTimeAsync(0);
  expect(made.done).toEqual(["start"]);
});

test.each([
  ["a dead microphone", microphone({ readyState: "ended" }), {}],
  ["one that hears nothing", microphone({ muted: true }), {}],
  ["no line", microphone(), { line: false }],
])("P14 it never answers by itself with %s", async (_name, heard, change) => {
  const { telephone, made, phone, show } = world({ state: "ringing", auto_answer: true });
  phone.microphone = heard;
  await telephone.begin("2111", "1042");
  show({ ...ringing, ...change });
  await vi.advanceTimersByTimeAsync(0);
  expect(made.done).toEqual(["start"]);
});

test("what the network does is sent in batches, and the rest when the call ends", async () => {
  const { telephone, made, show } = world({ interaction: "i" });
  await telephone.begin("2111", "1042");
  show(talking);
  const sample = { at: "", loss: 0, jitter_ms: 1, round_trip_ms: 38 };
  for (let n = 0; n < 8; n += 1) made.wishes?.quality?.(sample);
  expect(telephone.state.sample).toEqual(sample);
  show(ended);
  expect(vi.mocked(api.quality).mock.calls.map(([id, all]) => [id, all.length])).toEqual([
    ["i", 6],
    ["i", 2],
  ]);
  expect(telephone.state.sample).toBeNull();
});

test("signed out in a call: it goes on, and whoever signs in here again has the telephone after it", async () => {
  const { telephone, made, show } = world();
  await telephone.begin("2111", "1042");
  show(talking);
  telephone.end();
  await telephone.begin("2111", "1042");
  expect(made.done).toEqual(["start", "leave"]);
  show({ ...OFF, name: "refused", reason: "signed_out" });
  await vi.advanceTimersByTimeAsync(0);
  expect(made.done).toEqual(["start", "leave", "stop", "start"]);
});

test("the devices of this computer are remembered", () => {
  expect(chosenDevices().microphone).toBeNull();
  chooseDevice({ microphone: "usb" });
  chooseDevice({ ringer: "loud" });
  expect(chosenDevices()).toMatchObject({ microphone: "usb", ringer: "loud", speaker: null });
  localStorage.setItem("ctiapp:devices", "no JSON");
  expect(chosenDevices().microphone).toBeNull();
});

test.each([
  [{ loss: 0, jitter_ms: 4, round_trip_ms: 38 }, 4, "good"],
  [{ loss: 0, jitter_ms: 4, round_trip_ms: null }, 4, "good"],
  [{ loss: 0.02, jitter_ms: 4, round_trip_ms: 38 }, 3, "fair"],
  [{ loss: 0, jitter_ms: 70, round_trip_ms: 38 }, 2, "poor"],
  [{ loss: 0.2, jitter_ms: 4, round_trip_ms: 38 }, 1, "poor"],
])("the bars of %j", (sample, bars, word) => {
  expect(signalOf({ at: "", ...sample })).toEqual({ bars, word });
});
