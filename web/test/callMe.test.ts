// Call me: what is said of the wait, of times and days, of numbers; what is sent, and what is missing.
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { CallMeOffer, CallMeStatus, FreeWindow, PoolStatus } from "../src/shared/types";
import { figure, rounded } from "../src/shared/wait";
import { type Api, Refused } from "../src/widget/api";
import type { Chunks } from "../src/widget/chunks";
import type { Config } from "../src/widget/config";
import { asking, changes, draftOf, emptyDraft, masked, missing, numberIn } from "../src/widget/draft";
import { Flow } from "../src/widget/flow";
import { problemOf } from "../src/widget/problems";
import type { Screen, Shown } from "../src/widget/screen";
import { forgetVisitor, knownVisitor, load, visitor } from "../src/widget/session";
import { texts } from "../src/widget/texts";
import { placeInLine, said, waitInWords } from "../src/widget/wait";
import { dateIn, dayName, days, daysLater, placeOf, sameWindow, windowInWords } from "../src/widget/windows";

const OFFER: CallMeOffer = {
  estimate_seconds: 540,
  offer_windows: false,
  consent_text: "Please call me.",
  region: "GB",
  known_number: null,
  proof: "none",
};
const STATUS: CallMeStatus = {
  interaction: "i-1",
  channel: "call_me",
  state: "queued",
  place: 3,
  estimate_seconds: 540,
  promised_at: null,
  promised_until: null,
  window: null,
  next_try_at: null,
  tries: 0,
  last_try_at: null,
  last_outcome: null,
  detail: "",
  display_number: "••••• •••142",
  agent: null,
  can_change: true,
  can_cancel: true,
  server_time: "2026-11-25T14:00:00Z",
};
const WINDOW = { date: "2026-11-25", from: "14:00", until: "15:00", zone: "Europe/Paris" };

describe("the expected wait", () => {
  test.each([
    [0, "Right away"],
    [4, "About 30 s"],
    [46, "About 1 min"],
    [100, "About 1 min 30 s"],
    [119, "About 2 min"],
    [149, "About 2 min"],
    [150, "About 3 min"],
    [540, "About 9 min"],
    [null, "We can't tell how long yet"],
  ])("%s s is said as %s", (seconds, words) => {
    expect(waitInWords(seconds)).toBe(words);
    expect(waitInWords(seconds)).not.toContain("0 min");
  });

  test("the rounded figure never falls while the true one rises", () => {
    const figures = Array.from({ length: 2000 }, (_, second) => rounded(second));
    expect(figures).toEqual([...figures].sort((one, other) => one - other));
    expect(figure(90)).toBe("1 min 30 s");
  });

  test("a figure that rises says so, until it is as low as it was", () => {
    let least: number | null = null;
    const longer = [540, 300, 420, 310, 300, null, 60].map((seconds) => {
      const now = said(least, seconds);
      least = now.least;
      return now.longer;
    });
    expect(longer).toEqual([false, false, true, false, false, true, false]);
  });

  test("places in line", () => {
    expect([1, 2, 3, 4, 11, 12, 21, 22, 113].map(placeInLine)).toEqual([
      "You're next",
      "2nd in line",
      "3rd in line",
      "4th in line",
      "11th in line",
      "12th in line",
      "21st in line",
      "22nd in line",
      "113th in line",
    ]);
  });
});

describe("days and times, by the clock where the customer is", () => {
  test("dates are read without this computer's zone", () => {
    expect(dayName("2026-11-25", "2026-11-25")).toEqual({ name: "Today", date: "25 Nov" });
    expect(dayName("2026-11-26", "2026-11-25")).toEqual({ name: "Thu", date: "26 Nov" });
    expect(windowInWords(WINDOW, "2026-11-24")).toBe("Wed 25 Nov, 14:00–15:00");
    expect(windowInWords(WINDOW, "2026-11-25")).toBe("today 14:00–15:00");
    expect(dateIn("Pacific/Auckland", "2026-11-25T14:00:00Z")).toBe("2026-11-26");
    expect(dateIn("no/where", "2026-11-25T14:00:00Z")).toBe("2026-11-25");
    expect(daysLater("2026-12-29", 7)).toBe("2027-01-05");
    expect(placeOf("America/New_York")).toBe("New York");
  });

  test("windows by day, and which one is chosen", () => {
    const one = { ...WINDOW, starts_at: "", ends_at: "", left: 1 };
    const other = { ...one, date: "2026-11-26" };
    expect(days([one, one, other])).toEqual(["2026-11-25", "2026-11-26"]);
    expect(sameWindow(one, WINDOW)).toBe(true);
    expect(sameWindow(other, WINDOW)).toBe(false);
    expect(sameWindow(null, null)).toBe(true);
  });
});

describe("what is sent", () => {
  test("a typed number, a known one, a name: never two of them", () => {
    const draft = { ...emptyDraft(), number: " 07700 900142 ", name: "M", address: "A" };
    expect(asking(draft, OFFER)).toMatchObject({
      number: "07700 900142",
      name: null,
      address: null,
      region: "GB",
    });
    expect(asking({ ...draft, known: "•142" }, OFFER)).toMatchObject({ number: null, name: null });
    expect(asking({ ...draft, byName: true }, OFFER)).toMatchObject({
      number: null,
      name: "M",
      address: "A",
    });
  });

  test("the window as it was chosen, and none for as soon as possible", () => {
    const free: FreeWindow = { ...WINDOW, starts_at: "x", ends_at: "y", left: 2 };
    expect(asking({ ...emptyDraft(), soon: false, window: free }, OFFER).when).toEqual(WINDOW);
    expect(asking({ ...emptyDraft(), soon: true, window: free }, OFFER).when).toBeNull();
    expect(asking(emptyDraft(), OFFER).consent).toEqual({ text: "Please call me." });
    expect(asking(emptyDraft(), { ...OFFER, consent_text: "" }).consent).toBeNull();
  });

  test("of a change only what is different", () => {
    const booked = { ...STATUS, window: WINDOW };
    expect(changes(draftOf(booked), booked, "GB")).toBeNull();
    expect(changes({ ...draftOf(booked), soon: true }, booked, "GB")).toEqual({ when: null });
    expect(changes({ ...draftOf(booked), known: null, number: "07700 900155" }, booked, "GB")).toEqual({
      number: "07700 900155",
      region: "GB",
    });
  });

  test("what is missing is found before the server says it", () => {
    const draft = { ...emptyDraft(), number: "07700 900142", agreed: true };
    expect(missing(draft, OFFER)).toBeNull();
    expect(missing({ ...draft, number: "no" }, OFFER)?.code).toBe("number_missing");
    expect(missing({ ...draft, byName: true }, OFFER)?.code).toBe("name_missing");
    expect(missing({ ...draft, soon: false }, OFFER)?.code).toBe("window_missing");
    expect(missing({ ...draft, agreed: false }, OFFER)?.code).toBe("consent_missing");
    expect(missing({ ...draft, agreed: false }, { ...OFFER, consent_text: "" })).toBeNull();
  });
});

test("a number is masked but for its last three digits", () => {
  expect(masked("+44 7700 900142")).toBe("+•• •••• •••142");
  const word = (claims: object) => `h.${btoa(JSON.stringify(claims)).replace(/=/g, "")}.s`;
  expect(numberIn(word({ phone: "+447700900142" }))).toBe("+•••••••••142");
  expect(numberIn(word({ sub: "C-1" }))).toBeNull();
  expect(numberIn("no word")).toBeNull();
  expect(numberIn(null)).toBeNull();
});

test("every refusal of a call has words, and those about a number are beside it", () => {
  for (const code of ["malformed_number", "unsupported_country", "number_type_not_allowed", "number_marked"])
    expect(problemOf(code).field).toBe("number");
  for (const code of ["wrong_window", "window_closed", "window_full"])
    expect(problemOf(code).field).toBe("when");
  expect(problemOf("do_not_call").callUs).toBe(true);
  expect(problemOf("never heard of")).toEqual({ field: null, words: texts.otherTitle, callUs: false });
});

test("looking makes no cookie; forgetting takes it away", () => {
  forgetVisitor();
  expect(knownVisitor()).toBeNull();
  const id = visitor();
  expect(knownVisitor()).toBe(id);
  forgetVisitor();
  expect(knownVisitor()).toBeNull();
  expect(visitor()).not.toBe(id);
});

describe("the way of a request", () => {
  const answers: (object | Refused)[] = [];
  const sent: { proof: string | null; idempotency_key: string }[] = [];
  const cancel = vi.fn(async () => ({ ...STATUS, state: "cancelled" as const }));
  let screens: Screen[] = [];
  let hear: (status: CallMeStatus) => void = () => {};
  let flow: Flow;

  const api = {
    windows: async () => ({ zone: "Europe/Paris", windows: [], server_time: STATUS.server_time }),
    callUs: { click: vi.fn(), status: vi.fn(), page: vi.fn(), cancel: vi.fn(), alive: vi.fn() },
    callMe: {
      click: async (click: (typeof sent)[number]) => {
        sent.push(click);
        const answer = answers.shift();
        if (answer instanceof Refused) throw answer;
        return { ...STATUS, token: "t", link: "http://l", own: true, created: true, ...answer };
      },
      status: async () => STATUS,
      page: async () => null,
      cancel,
      change: vi.fn(),
    },
  } as unknown as Api;
  const chunks = {
    page: async () => ({ takePage: () => ({ snapshot: null }) }),
    live: async () => ({
      listen: (_base: string, _token: string, told: typeof hear) => {
        hear = told;
        return { connected: () => true, stop: () => {} };
      },
    }),
    qr: async () => ({}),
  } as unknown as Chunks;
  const pool: PoolStatus = { open: true, opens_at: null, closes_at: null, telephone: "up", call_me: OFFER };

  beforeEach(async () => {
    sessionStorage.clear();
    answers.length = sent.length = 0;
    screens = [];
    const config = { base: "", site: "larkmoor", name: "", identity: async () => null } as unknown as Config;
    const show = ({ screen }: Shown) => screen && screens.push(screen);
    flow = new Flow(config, api, chunks, {} as never, show, async () => pool);
    flow.open({ pool: "sales", skills: [], language: null, product: null });
    await vi.waitFor(() => expect(flow.pool).toBe(pool));
    flow.callMe.open();
    flow.callMe.fill({ number: "07700 900142", agreed: true });
  });

  test("a code is asked for with the same key, and its wish outlives a reload", async () => {
    answers.push(new Refused("proof_needed", "", { kind: "code", digits: 6, number: "•142" }));
    await flow.callMe.submit();
    expect(flow.screen?.name).toBe("proof");
    expect(load()).toMatchObject({ channel: "call_me", proof: { number: "•142", digits: 6 } });
    await flow.callMe.confirm("314159");
    expect(flow.screen?.name).toBe("request");
    expect(sent.map((one) => one.proof)).toEqual([null, "314159"]);
    expect(sent[0]?.idempotency_key).toBe(sent[1]?.idempotency_key);
    expect(JSON.stringify(load())).not.toContain("900142");
  });

  test("old news changes nothing, and nothing comes after the end", async () => {
    await flow.callMe.submit();
    await vi.waitFor(() => expect(flow.callMe.status?.state).toBe("queued"));
    hear({ ...STATUS, state: "dialling", server_time: "2026-11-25T14:00:09Z" });
    hear({ ...STATUS, state: "queued", server_time: "2026-11-25T14:00:05Z" });
    expect(flow.callMe.status?.state).toBe("dialling");
    hear({ ...STATUS, state: "done", server_time: "2026-11-25T14:01:00Z" });
    hear({ ...STATUS, state: "talking", server_time: "2026-11-25T14:02:00Z" });
    expect(flow.screen?.name).toBe("over");
    expect(load()).toBeNull();
  });

  test("closed before the answer came: nobody is called", async () => {
    const asked = flow.callMe.submit();
    flow.close();
    await asked;
    expect(cancel).toHaveBeenCalledWith("i-1", "t");
    expect(flow.screen).toBeNull();
  });

  test("a refused number leaves the form as it was, with a new key for the next one", async () => {
    answers.push(new Refused("do_not_call", ""));
    await flow.callMe.submit();
    expect(flow.screen?.name).toBe("ask");
    expect(flow.callMe.problem).toMatchObject({ field: "number", callUs: true });
    expect(flow.callMe.draft.number).toBe("07700 900142");
    await flow.callMe.submit();
    expect(sent[0]?.idempotency_key).not.toBe(sent[1]?.idempotency_key);
  });
});
