// Call me, asked for: place and expected wait, then the steps of the call as they happen, then what came of it.
import { opening, timeOfDay } from "../../shared/format";
import type { CallMeStatus, FreeWindow } from "../../shared/types";
import { figure, rounded } from "../../shared/wait";
import { h, icon } from "../dom";
import type { Flow } from "../flow";
import { texts } from "../texts";
import { placeInLine, waitInWords } from "../wait";
import { dateIn, hours, intentOf, ownZone, placeOf, windowInWords } from "../windows";
import { addTalking, talked } from "./call";
import {
  action,
  copy,
  type Drawn,
  foot,
  heading,
  link,
  notice,
  type Scene,
  say,
  setText,
  sharing,
  steps,
} from "./parts";

const STEP = { queued: 0, previewing: 0, dialling: 1, connecting: 2, talking: 3 } as Record<string, number>;
const FAR = 15 * 60_000;
const SOON = 60_000;

export function request(scene: Scene, status: CallMeStatus): Drawn {
  const { callMe } = scene.flow;
  const waits = status.state === "queued";
  const told = callMe.notice ? notice("alert", callMe.notice) : null;
  const cameBack = callMe.saved?.came_back
    ? notice("check", callMe.saved.own ? texts.cameBack : texts.cameBackOther)
    : null;
  return waits ? waiting(scene, status, [told, cameBack]) : calling(scene, status, [told]);
}

/** Of a request: what of it is drawn anew; place and wait only move. */
export function requestKey(status: CallMeStatus, { callMe }: Flow): unknown {
  const { state, window, tries, last_outcome, detail, can_change, can_cancel, display_number, agent } =
    status;
  const { own, came_back, link: kept } = callMe.saved ?? {};
  const quick = callMe.offersWindows ? callMe.times.first(2) : null;
  const next = tries ? status.next_try_at : null;
  return [
    ...[state, window, tries, last_outcome, detail, can_change, can_cancel, display_number, agent, next],
    ...[own, came_back, kept, status.last_try_at, callMe.notice, callMe.offersWindows, quick],
  ];
}

function waiting(scene: Scene, status: CallMeStatus, notices: (HTMLElement | null)[]): Drawn {
  const { callMe } = scene.flow;
  const { saved } = callMe;
  const mine = saved?.own === true;
  const change = mine && status.can_change ? () => callMe.openChange() : null;
  const standing = standingPart(scene);
  const since = saved?.since ? texts.requestSince(timeOfDay(saved.since.at)) : "";
  return {
    body: [
      heading(status.window ? texts.bookedTitle : texts.askTitle),
      ...notices,
      status.tries > 0 && tried(status, change),
      status.detail === "nobody_has_the_skill" && notice("clock", texts.waitsForStaff),
      standing.element,
      callMeSteps(0, { 0: since }),
      callMe.offersWindows ? quickTimes(scene) : null,
      saved?.link ? later(scene, saved.link) : null,
      change && action(texts.changeCall, "change", change),
    ],
    foot: [
      foot(
        "phone",
        [texts.willRing(status.display_number)],
        mine && status.can_cancel ? link(texts.cancel, "cancel", () => void callMe.cancel()) : null,
      ),
      mine ? sharing(scene, texts.willSee, texts.willSeeRest) : null,
    ],
    update: standing.update,
  };
}

/** "About 9 min. 3rd in line." or the window; spoken when it changes. */
function standingPart({ flow }: Scene) {
  const small = h("small");
  const big = h("b", { class: "figure", "data-part": "wait" });
  const place = h("b", { "data-part": "place" });
  const detail = h("span", { "data-part": "longer" });
  return {
    element: h(
      "div",
      { class: "standing", role: "status" },
      h("div", {}, small, big),
      h("div", {}, place, detail),
    ),
    update() {
      const { status, isLonger } = flow.callMe;
      if (!status) return;
      const booked = status.window && status.place === null;
      const seconds = status.estimate_seconds;
      const known = status.place !== null && seconds !== null && rounded(seconds) > 0;
      big.classList.toggle("words", !known);
      setText(small, known ? texts.about("") : "");
      setText(big, booked ? whenBooked(status) : known ? figure(rounded(seconds)) : wordsOf(status));
      setText(place, status.place === null ? "" : placeInLine(status.place));
      setText(
        detail,
        isLonger ? texts.longer : booked ? texts.yourZone(placeOf(status.window?.zone ?? "")) : "",
      );
    },
  };
}

function wordsOf(status: CallMeStatus): string {
  if (status.place !== null) return waitInWords(status.estimate_seconds);
  const at = status.next_try_at ?? status.promised_at;
  return at && isFar(status) ? texts.bookedSmall(opening(at, new Date())) : texts.waitUnknown;
}

function whenBooked({ window, server_time }: CallMeStatus): string {
  const words = window ? windowInWords(window, dateIn(window.zone || ownZone() || "UTC", server_time)) : "";
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isFar({ next_try_at, promised_at, server_time }: CallMeStatus): boolean {
  const at = next_try_at ?? promised_at;
  return at !== null && Date.parse(at) - Date.parse(server_time) > FAR;
}

/** "We tried at 15:20 and couldn't reach you. We'll try once more at 15:35." */
function tried(status: CallMeStatus, change: (() => void) | null): HTMLElement {
  const how = texts.triedOutcome[status.last_outcome ?? ""] ?? texts.triedElse;
  const at = status.next_try_at;
  const soon = !at || Date.parse(at) - Date.parse(status.server_time) < SOON;
  const next = soon ? texts.tryAgainSoon : texts.tryAgainAt(timeOfDay(at));
  const words = texts.tried(timeOfDay(status.last_try_at)) + how + next;
  return notice("phone", words, ...(change ? [h("br"), link(texts.changeTime, "change-time", change)] : []));
}

/** Longer than we like: two times at once, more behind them, and the place is kept until the customer picks. */
function quickTimes({ flow }: Scene): HTMLElement {
  const { callMe } = flow;
  const today = callMe.times.offered?.got
    ? dateIn(callMe.times.offered.got.zone, callMe.times.offered.got.server_time)
    : "";
  const quick = callMe.times.first(2).map((one: FreeWindow, index) => {
    const words = one.date === today ? `${texts.today} ${hours(one)}` : windowInWords(one, today);
    return action(words, `quick-${index}`, () => void callMe.change({ when: intentOf(one) }));
  });
  return h(
    "div",
    { class: "slot" },
    h(
      "div",
      { class: "notice" },
      icon("clock"),
      h("div", {}, h("b", {}, texts.longTitle), " ", texts.longDetail),
    ),
    h("div", { class: "two" }, ...quick),
    h(
      "div",
      { class: "two" },
      action(texts.otherTimes, "other-times", () => callMe.openChange()),
      action(texts.keepPlace, "stay", () => callMe.stay(), "filled"),
    ),
  );
}

function later(scene: Scene, address: string): HTMLElement {
  return h(
    "div",
    { class: "card" },
    h(
      "div",
      {},
      h("b", {}, texts.linkTitle),
      h("p", {}, texts.linkDetail),
      h(
        "div",
        { class: "row" },
        link(texts.copyLink, "copy-link", () => void copy(scene, address, "copy-link")),
        h(
          "a",
          { class: "link", href: address, target: "_blank", rel: "noopener noreferrer", "data-part": "link" },
          texts.openLink,
        ),
      ),
    ),
  );
}

function calling(scene: Scene, status: CallMeStatus, notices: (HTMLElement | null)[]): Drawn {
  const { callMe } = scene.flow;
  const { saved } = callMe;
  const mine = saved?.own === true;
  const name = status.agent?.first_name ?? null;
  const talking = status.state === "talking";
  const head = talking
    ? say(name ? name.charAt(0).toUpperCase() : "phone", "", texts.talkingTitle(name), "")
    : say("bell", "", ...headline(status));
  if (talking) addTalking(head);
  const at = STEP[status.state] ?? 0;
  return {
    body: [
      head,
      ...notices,
      callMeSteps(at, at === 1 ? { 1: status.display_number } : {}),
      mine && status.can_cancel && action(texts.stopCalling, "cancel", () => void callMe.cancel(), "danger"),
    ],
    foot: [
      mine
        ? sharing(scene, name ? texts.sees(name) : texts.willSee, name ? texts.seesRest : texts.willSeeRest)
        : null,
    ],
    update: talked(scene, talking ? (saved?.since?.at ?? null) : null, status.server_time),
  };
}

function headline({ state, agent }: CallMeStatus): [title: string, detail: string] {
  if (state === "previewing") return [texts.previewTitle, ""];
  if (state === "connecting") return [texts.connectingTitle, texts.connectingDetail];
  return agent ? [texts.yourPhoneRings, texts.readyToSpeak(agent.first_name)] : [texts.diallingTitle, ""];
}

function callMeSteps(at: number, notes: Record<number, string>): HTMLElement {
  const names = [texts.requestQueued, texts.requestDialling, texts.requestConnecting, texts.stepTalking];
  return steps(names, at, notes);
}

export function over({ flow }: Scene, status: CallMeStatus): Drawn {
  const { state, last_outcome, agent } = status;
  const outcome = last_outcome ?? "";
  const close = (look: "" | "filled" = "") => action(texts.close, "close-over", () => flow.close(), look);
  const again = action(texts.askAgain, "ask-again", () => flow.callMeInstead());
  const callUs = action(texts.callUsInstead, "call-us", () => flow.callUsInstead(), "filled");
  if (state === "cancelled")
    return { body: [say("check", "", texts.cancelledTitle, texts.cancelledDetail), close("filled"), again] };
  if (state === "failed") {
    const why = texts.failedOutcome[outcome] ?? texts.failedOutcome[status.detail] ?? texts.failedElse;
    return { body: [say("alert", "warn", texts.failedTitle, why), callUs, again, close()] };
  }
  const message =
    status.detail === "message_left" || outcome === "machine"
      ? say("phone", "", texts.messageTitle, texts.messageDetail)
      : say("check", "", texts.endedTitle, texts.spokeUs(agent?.first_name ?? null) + texts.nobodySees);
  return { body: [message, close("filled"), action(texts.callAgain, "again", () => flow.again())] };
}

/** The small bar of a running request. */
export function requestBar({ flow }: Scene, status: CallMeStatus): Drawn {
  const words = h("span");
  const right = h("span", { class: "time" });
  return {
    body: [icon("phone"), words, right],
    update() {
      const now = flow.callMe.status ?? status;
      const queued = now.state === "queued";
      const name = now.agent?.first_name ?? null;
      const seconds = now.estimate_seconds;
      if (queued)
        setText(words, now.place === null ? whenBooked(now) || texts.askTitle : placeInLine(now.place));
      else setText(words, now.state === "talking" ? texts.talkingTitle(name) : headline(now)[0]);
      setText(right, queued && now.place !== null && seconds ? figure(rounded(seconds)) : "");
    },
  };
}

/** A call that is booked for later needs no bar on every page; the button shows it again. */
export function isQuietRequest(status: CallMeStatus): boolean {
  return status.state === "queued" && status.window !== null && isFar(status);
}
