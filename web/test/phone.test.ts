// The telephone in a page, over a line that does what it is told.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Call, CallNews, Line, LineNews } from "../src/phone/line";
import { isInCall, type News, OFF, type State, step } from "../src/phone/machine";
import { CallMemory, type Kept, type Memory } from "../src/phone/memory";
import { Owner } from "../src/phone/owner";
import { measure } from "../src/phone/quality";
import { reasonOf } from "../src/phone/sip";
import { level, microphoneReason } from "../src/phone/sound";
import { Telephone } from "../src/phone/telephone";

const after = (...news: News[]): State => news.reduce(step, OFF);
const up: News[] = [{ kind: "started" }, { kind: "line_up" }];
const talking: News[] = [...up, { kind: "incoming", caller: "2101" }, { kind: "answered", at: 7 }];

// ---- the states

test("a call comes, is answered, held, muted and ended", () => {
  expect(after(...up)).toMatchObject({ name: "registered", line: true });
  expect(after(...talking)).toMatchObject({ name: "talking", caller: "2101", since: 7 });
  expect(after(...talking, { kind: "held" }, { kind: "muted", muted: true })).toMatchObject({
    name: "held",
    muted: true,
  });
  expect(after(...talking, { kind: "held" }, { kind: "resumed" }).name).toBe("talking");
  const ended = after(...talking, { kind: "muted", muted: true }, { kind: "ended", reason: "hung_up" });
  expect(ended).toMatchObject({ name: "ended", reason: "hung_up", muted: false, line: true });
  expect(step(ended, { kind: "incoming", caller: "x" }).name).toBe("ringing");
});

test("a line that is lost takes no call away, and counts after it", () => {
  const lost = after(...talking, { kind: "line_down", reason: "registration_lost" });
  expect(lost).toMatchObject({ name: "talking", line: false });
  expect(step(lost, { kind: "ended", reason: "hung_up" })).toMatchObject({
    name: "refused",
    reason: "registration_lost",
  });
  const back = step(lost, { kind: "line_up" });
  expect(step(back, { kind: "ended", reason: "hung_up" })).toMatchObject({ name: "ended", line: true });
  expect(after(...up, { kind: "line_down", reason: "asleep" }, { kind: "line_up" }).name).toBe("registered");
});

test("news that does not fit changes nothing", () => {
  const every: News[] = [
    { kind: "answered", at: 1 },
    { kind: "held" },
    { kind: "resumed" },
    { kind: "muted", muted: true },
    { kind: "ended", reason: "hung_up" },
  ];
  const idle = after(...up);
  for (const news of every) expect(step(idle, news)).toBe(idle);
  for (const news of [...every, { kind: "line_up" } as const, { kind: "incoming", caller: "" } as const]) {
    expect(step(OFF, news)).toBe(OFF);
  }
  const busy = after(...talking);
  expect(step(busy, { kind: "incoming", caller: "other" })).toBe(busy);
  expect(step(busy, { kind: "started" })).toBe(busy);
  expect(isInCall(idle)).toBe(false);
});

// ---- the telephone

class FakeCall implements Call {
  readonly caller = "2101";
  readonly connection = null;
  readonly dialog = { call: "c", local: "l", remote: "r" };
  news: CallNews | null = null;
  done: string[] = [];
  follow(news: CallNews) {
    this.news = news;
  }
  answer() {
    this.done.push("answer");
    this.news?.answered();
  }
  hangUp() {
    this.done.push("hang up");
    this.news?.ended("hung_up");
  }
  mute(muted: boolean) {
    this.done.push(`mute ${muted}`);
  }
  async hold(held: boolean) {
    this.done.push(`hold ${held}`);
    return true;
  }
  press(key: string) {
    this.done.push(key);
  }
  async offerAnew() {
    return true;
  }
}

class FakeLine implements Line {
  calls: FakeCall[] = [];
  done: string[] = [];
  constructor(readonly news: LineNews) {}
  start() {
    this.news.up();
  }
  stop() {
    this.done.push("stop");
  }
  close() {
    this.done.push("close");
  }
  refresh() {
    this.done.push("refresh");
    this.news.up();
  }
  call() {
    const call = new FakeCall();
    this.calls.push(call);
    return call;
  }
  takeUp() {
    const call = this.call();
    call.done.push("take up");
    return call;
  }
  rings() {
    const call = this.call();
    this.news.incoming(call);
    return call;
  }
}

const track = () => Object.assign(new EventTarget(), { kind: "audio", enabled: true, stop: vi.fn() });

function world(
  wishes = {},
  owner: { own: () => Promise<boolean>; give: () => void } | null = null,
  memory: Memory | null = null,
) {
  const made = { line: null as FakeLine | null, states: [] as State[], tracks: [track()], now: 1000 };
  const stream = () =>
    ({ getTracks: () => made.tracks, getAudioTracks: () => made.tracks }) as unknown as MediaStream;
  const microphone = vi.fn(async (_id: string | null) => stream());
  const ports = {
    line: (_access: unknown, _registers: boolean, news: LineNews) => {
      made.line = new FakeLine(news);
      return made.line;
    },
    openMicrophone: microphone,
    microphoneReason,
    speaker: { use: vi.fn(async () => {}), play: vi.fn(), stop: vi.fn() },
    owner,
    memory,
    now: () => made.now,
  };
  const access = async () => ({ url: "", uri: "", user: "", password: "", ice_servers: [] });
  const show = (state: State) => made.states.push(state);
  const telephone = new Telephone(ports, { access, registers: true, show, ...wishes });
  return { made, ports, microphone, telephone, line: () => made.line as FakeLine };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("P14 it answers by itself where the pool says so, and a second call is refused", async () => {
  const { telephone, line } = world({ autoAnswer: true });
  await telephone.start();
  const first = line().rings();
  expect([telephone.state.name, telephone.state.since]).toEqual(["talking", 1000]);
  const second = line().rings();
  expect([first.done, second.done]).toEqual([["answer"], ["hang up"]]);
  expect(telephone.state.name).toBe("talking");
});

test("a picture in a stream of its own takes no sound away", async () => {
  const { telephone, line, ports } = world();
  await telephone.start();
  const call = line().rings();
  const stream = (audio: number) =>
    ({ getAudioTracks: () => new Array(audio), getVideoTracks: () => [] }) as unknown as MediaStream;
  call.news?.media(stream(1));
  call.news?.media(stream(0));
  expect(ports.speaker.play).toHaveBeenCalledTimes(1);
});

test("a microphone that is refused is told and nothing registers", async () => {
  const { telephone, microphone, made } = world();
  microphone.mockRejectedValueOnce(new DOMException("no", "NotAllowedError"));
  await telephone.start();
  expect(telephone.state).toMatchObject({ name: "refused", reason: "microphone_refused" });
  expect(made.line).toBeNull();
  await telephone.start();
  expect(telephone.state.name).toBe("registered");
});

test("leave that is withdrawn in a call ends no call, and no other is taken after it", async () => {
  const { telephone, line, made } = world();
  await telephone.start();
  const call = line().rings();
  telephone.answer();
  made.tracks[0]?.dispatchEvent(new Event("ended"));
  expect(telephone.state).toMatchObject({ name: "talking", line: false, reason: "microphone_lost" });
  call.hangUp();
  expect(telephone.state).toMatchObject({ name: "refused", reason: "microphone_lost" });
  expect(line().done).toEqual(["close", "stop"]);
});

test("P14 a call that ended while its line was lost leaves a telephone that can be rung once the line is back", async () => {
  const { telephone, line } = world();
  await telephone.start();
  const call = line().rings();
  telephone.answer();
  line().news.down("server_unreachable");
  call.hangUp();
  expect(telephone.state).toMatchObject({ name: "refused", reason: "server_unreachable" });
  line().news.up();
  expect([telephone.state.name, line().done]).toEqual(["registered", []]);
  line().rings();
  expect(telephone.state.name).toBe("ringing");
});

test("keys go out while talking only, and only keys", async () => {
  const { telephone, line } = world();
  await telephone.start();
  const call = line().rings();
  telephone.press("1");
  telephone.answer();
  for (const key of ["5", "#", "x", "12"]) telephone.press(key);
  await telephone.hold(true);
  telephone.press("6");
  await telephone.hold(false);
  telephone.mute(true);
  expect(call.done).toEqual(["answer", "5", "#", "hold true", "hold false", "mute true"]);
});

test("a computer that slept registers anew", async () => {
  const { telephone, line, made } = world();
  await telephone.start();
  made.now += 6_000;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(line().done).toEqual([]);
  made.now += 200_000;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(line().done).toEqual(["refresh"]);
  expect(made.states.map((one) => one.reason ?? one.name).slice(-2)).toEqual(["asleep", "registered"]);
});

test("taken over: the call that is here stays, and then it is over", async () => {
  const { telephone, line } = world();
  await telephone.start();
  const call = line().rings();
  telephone.answer();
  telephone.takenOver();
  expect(telephone.state.name).toBe("talking");
  call.hangUp();
  expect(telephone.state).toMatchObject({ name: "refused", reason: "taken_over" });
});

test("stopped while it asks for the microphone: what comes later is closed again", async () => {
  const { telephone, made } = world();
  const starting = telephone.start();
  telephone.stop();
  await starting;
  expect([telephone.state.name, made.line]).toEqual(["off", null]);
  expect(made.tracks[0]?.stop).toHaveBeenCalled();
});

// ---- after a reload

test("P14 a call that an earlier page had goes on: who was muted or on hold stays so", async () => {
  const kept: Kept = {
    dialog: { call: "c", local: "l", remote: "r" },
    caller: "2101",
    since: 7,
    muted: true,
    held: true,
  };
  const memory = { keep: vi.fn(), forget: vi.fn(), take: vi.fn(async () => kept as Kept | null) };
  const { telephone, line, made } = world({}, null, memory);
  await telephone.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(telephone.state).toMatchObject({ name: "calling", caller: "2101", muted: true });
  expect(made.tracks[0]?.enabled).toBe(false);
  const [call] = line().calls;
  call?.news?.answered();
  await vi.advanceTimersByTimeAsync(0);
  expect(telephone.state).toMatchObject({ name: "held", since: 7 });
  expect(call?.done).toEqual(["take up", "hold true", "mute true"]);
  expect(memory.keep).toHaveBeenLastCalledWith(kept);
  telephone.hangUp();
  expect(memory.forget).toHaveBeenCalledTimes(1);
});

test("a call is kept while its page has it, and nobody takes up one that is still heard", async () => {
  vi.useRealTimers();
  const kept = {
    dialog: { call: "c", local: "l", remote: "r" },
    caller: "",
    since: 1,
    muted: false,
    held: false,
  };
  const locks = new FakeLocks();
  const first = new CallMemory("call", locks);
  const second = new CallMemory("call", locks);
  first.keep(kept);
  expect(await second.take()).toBeNull();
  locks.pageIsGone();
  expect(await second.take()).toEqual(kept);
  second.forget();
  await new Promise((done) => setTimeout(done));
  expect(await first.take()).toBeNull();
});

// ---- one tab

test("one tab owns; another is told so; taking over tells the first", async () => {
  vi.useRealTimers();
  const locks = new FakeLocks();
  const taken = vi.fn();
  const first = new Owner("phone", taken, locks);
  const second = new Owner("phone", vi.fn(), locks);
  expect(await first.own()).toBe(true);
  expect(await first.own()).toBe(true);
  expect(await second.own()).toBe(false);
  expect(await second.own(true)).toBe(true);
  await Promise.resolve();
  expect(taken).toHaveBeenCalledTimes(1);
  second.give();
  await new Promise((done) => setTimeout(done));
  expect(await first.own()).toBe(true);
});

class FakeLocks {
  private holder: { end: (error: Error) => void } | null = null;
  pageIsGone() {
    this.holder = null;
  }
  // biome-ignore lint/suspicious/noExplicitAny: two shapes of one function
  request: any = async (_name: string, options: LockOptions, work: (lock: unknown) => unknown) => {
    if (this.holder && options.ifAvailable) return work(null);
    this.holder?.end(new DOMException("stolen", "AbortError"));
    return new Promise((resolve, reject) => {
      const holder = { end: reject };
      this.holder = holder;
      Promise.resolve(work({})).then(() => {
        if (this.holder === holder) this.holder = null;
        resolve(null);
      });
    });
  };
}

// ---- what the network does

test("a sample is the difference to the one before, the worse direction's loss", () => {
  const report = (packetsReceived: number, packetsLost: number, fractionLost = 0) => [
    { type: "inbound-rtp", kind: "audio", packetsReceived, packetsLost, jitter: 0.004 },
    { type: "remote-inbound-rtp", kind: "audio", fractionLost, jitter: 0.002, roundTripTime: 0.03 },
  ];
  const at = new Date("2026-11-24T12:00:00Z");
  const first = measure(report(90, 10), { received: 0, lost: 0 }, at);
  expect(first?.sample).toEqual({ at: at.toISOString(), loss: 0.1, jitter_ms: 4, round_trip_ms: 30 });
  const second = measure(report(190, 10, 0.25), first?.counters ?? { received: 0, lost: 0 }, at);
  expect(second?.sample.loss).toBe(0.25);
  expect(measure([], { received: 0, lost: 0 }, at)).toBeNull();
  const restarted = measure(report(5, 0), { received: 190, lost: 10 }, at);
  expect(restarted?.sample.loss).toBe(0);
});

test("how a call ended is told in our words", () => {
  expect(reasonOf("Rejected", "remote", 403, false)).toBe("not_let_in");
  expect(reasonOf("SIP Failure Code", "remote", 503, false)).toBe("telephone_down");
  expect(reasonOf("Busy", "remote", 486, false)).toBe("busy");
  expect(reasonOf("Canceled", "remote", 0, false)).toBe("cancelled");
  expect(reasonOf("Terminated", "remote", 0, true)).toBe("hung_up");
  expect(reasonOf("Connection Error", "system", 0, true)).toBe("cut_off");
});

test("loudness on the meter, and why there is no microphone", () => {
  expect(level(new Float32Array(8))).toBe(0);
  expect(level([1, -1, 1, -1])).toBe(1);
  expect(level([0.03, -0.03])).toBeCloseTo(0.49, 1);
  expect(microphoneReason(new DOMException("", "NotReadableError"))).toBe("microphone_in_use");
  expect(microphoneReason(new DOMException("", "NotFoundError"))).toBe("microphone_missing");
  expect(microphoneReason(null)).toBe("microphone_refused");
});
