// Call us: the number that is theirs, then the steps of the call, then its end.
import { clock, spoken } from "../../shared/format";
import type { CallStatus } from "../../shared/types";
import { h, type IconName, icon } from "../dom";
import { texts } from "../texts";
import {
  action,
  copy,
  type Drawn,
  link,
  notice,
  type Scene,
  say,
  setText,
  sharing,
  since,
  steps,
} from "./parts";

export function call(scene: Scene, status: CallStatus): Drawn {
  const waiting = status.state === "waiting_for_call";
  return waiting ? number(scene, status) : progress(scene, status);
}

function number(scene: Scene, status: CallStatus): Drawn {
  const shown = status.display_number ?? status.number ?? "";
  const touch = matchMedia("(hover: none) and (pointer: coarse)").matches;
  const name = status.agent?.first_name;
  const dial = (look: string) =>
    h(
      "a",
      { class: `action ${look}`.trim(), href: status.tel, "data-part": "call" },
      icon("phone"),
      texts.call(shown),
    );
  return {
    body: [
      h(
        "h2",
        { class: "label", id: "title", tabindex: "-1", "data-part": "title" },
        texts.numberLabel,
        h("b", { class: "number", "data-part": "number" }, shown),
      ),
      timing(),
      ...(touch
        ? [
            dial("filled"),
            two(
              action(texts.copy, "copy", () => void copy(scene, shown, "copy")),
              softphone(status),
            ),
          ]
        : [onComputer(scene, status, shown)]),
      ...fromPage(scene, touch ? "" : "filled"),
      touch ? null : h("div", { class: "two long" }, dial(""), softphone(status)),
      h(
        "div",
        { class: "row" },
        h("span", { class: "hours", "data-part": "waiting" }, icon("clock"), texts.waiting),
        link(texts.cancel, "cancel", () => void scene.flow.callUs.cancel()),
      ),
    ],
    foot: [
      name
        ? sharing(scene, texts.seesAndWaits(name), texts.seesAndWaitsRest)
        : sharing(scene, texts.willSee, texts.willSeeRest),
    ],
    update: () => countDown(scene),
  };
}

const two = (...both: HTMLElement[]) => h("div", { class: "two" }, ...both);

function softphone(status: CallStatus): HTMLElement {
  return h(
    "a",
    { class: "action", href: status.sip, title: texts.callBySipLong, "data-part": "sip" },
    texts.callBySip,
  );
}

/** No phone needed: a window of its own that has one. Where it is open already, what it says and the way to it. */
function fromPage({ flow }: Scene, look: "" | "filled"): HTMLElement[] {
  const { window: there } = flow.callUs;
  const { news } = there;
  if (news) {
    const failed = news.step === "failed";
    return [
      notice(failed ? "alert" : "window", news.words, h("br"), failed ? texts.stillYours : texts.inTheWindow),
      action(failed ? texts.tryAgain : texts.showWindow, "window", () => there.front(), "filled"),
    ];
  }
  if (!window.RTCPeerConnection) return [];
  const button = (words: string, name: IconName, part: string, video: boolean, filled: string) =>
    h(
      "button",
      {
        class: `action ${filled}`.trim(),
        type: "button",
        "data-part": part,
        click: () => flow.callUs.callFromPage(video),
      },
      icon(name),
      words,
    );
  const voice = button(texts.voice, "mic", "voice", false, look);
  return [
    there.blocked ? notice("alert", texts.windowBlocked) : h("div", { class: "or" }, texts.orFromPage),
    flow.callUs.mayHavePictures ? two(voice, button(texts.video, "video", "video", true, "")) : voice,
  ];
}

/** The way to the window that holds the call, while there is one. */
function toWindow({ flow }: Scene, look: "" | "filled"): HTMLElement | null {
  const { window: there } = flow.callUs;
  return there.news && action(texts.showWindow, "window", () => there.front(), look);
}

function timing(): HTMLElement {
  return h(
    "div",
    { class: "timing" },
    h(
      "div",
      { class: "row" },
      h("span", {}, texts.yoursAloneFor),
      h(
        "span",
        {},
        h("span", { class: "soon", "data-part": "soon" }),
        " ",
        h("span", { class: "time", role: "timer", "data-part": "time" }),
      ),
    ),
    h("div", { class: "bar", "aria-hidden": "true" }, h("span", { "data-part": "bar" })),
  );
}

/** Also in the small bar, which has the time alone. */
export function countDown({ flow, find, say }: Scene): void {
  const { countdown, holdSeconds } = flow.callUs;
  const left = countdown.left();
  if (left === null) return;
  setText(find("time"), clock(Math.ceil(left)));
  setText(find("soon"), left <= 30 ? texts.endingSoon : "");
  const bar = find("bar");
  if (bar) bar.style.width = `${Math.min(100, (left / holdSeconds) * 100)}%`;
  const mark = countdown.toSpeak();
  if (mark !== null) say(texts.left(mark));
}

function onComputer(scene: Scene, status: CallStatus, shown: string): HTMLElement {
  const qr = h("div", { class: "qr", "data-part": "qr" });
  void scene.chunks
    .qr()
    .then(({ qrCode }) => qr.append(qrCode(status.tel ?? "", texts.qrLabel(shown))))
    .catch(() => qr.remove());
  return h(
    "div",
    { class: "card" },
    qr,
    h(
      "div",
      {},
      h("b", {}, texts.computerTitle),
      h("p", {}, texts.computerDetail),
      link(texts.copy, "copy", () => void copy(scene, shown, "copy")),
    ),
  );
}

function progress(scene: Scene, status: CallStatus): Drawn {
  const name = status.agent?.first_name ?? null;
  const talking = status.state === "connected";
  const ringing = status.state === "ringing";
  const title = talking ? texts.talkingTitle(name) : ringing ? texts.ringingTitle(name) : texts.queuedTitle;
  const inWindow = scene.flow.callUs.window.news !== null;
  const stay = inWindow ? texts.keepWindow : texts.stayOnThePhone;
  const detail = talking ? "" : `${ringing ? texts.reachedUs : texts.queuedDetail} ${stay}`;
  const at = talking ? 3 : ringing ? 2 : 1;
  const names = [texts.stepNumber, texts.stepReached, texts.stepRinging(name), texts.stepTalking];
  const head = say(talking && name ? name.charAt(0).toUpperCase() : "phone", "", title, detail);
  if (talking) addTalking(head, inWindow);
  return {
    body: [head, steps(names, at), toWindow(scene, "filled")],
    foot: [
      name
        ? sharing(scene, texts.sees(name), texts.seesRest)
        : sharing(scene, texts.willSee, texts.willSeeRest),
    ],
    update: talked(scene, status.connected_at, status.server_time),
  };
}

/** How long they have been talking, and on what. */
export function addTalking(head: HTMLElement, inWindow = false): void {
  head.querySelector("div:last-child")?.append(h("p", { role: "timer", "data-part": "talked" }));
  head.append(
    h(
      "span",
      { class: "pill" },
      icon(inWindow ? "window" : "phone"),
      inWindow ? texts.inWindow : texts.onThePhone,
    ),
  );
}

export function talked({ find }: Scene, begun: string | null, serverTime: string): () => void {
  if (!begun) return () => {};
  const seconds = since(begun, serverTime);
  return () => setText(find("talked"), spoken(Math.floor(seconds())));
}

export function ended({ flow }: Scene, status: CallStatus): Drawn {
  const { connected_at, ended_at, end_reason, agent } = status;
  const seconds = connected_at && ended_at ? (Date.parse(ended_at) - Date.parse(connected_at)) / 1000 : null;
  const again = (look: "" | "filled") => action(texts.callAgain, "again", () => flow.again(), look);
  const close = (look: "" | "filled") => action(texts.close, "close-ended", () => flow.close(), look);
  if (seconds !== null) {
    const words = texts.spoke(agent?.first_name ?? null, spoken(seconds)) + texts.nobodySees;
    return { body: [say("check", "", texts.endedTitle, words), close("filled"), again("")] };
  }
  const cutOff = !["hangup", "abandoned"].includes(end_reason ?? "");
  const message = cutOff
    ? say("alert", "bad", texts.cutOffTitle, texts.cutOffDetail)
    : say("phone", "warn", texts.unansweredTitle, texts.unansweredDetail);
  return { body: [message, again("filled"), close("")] };
}
