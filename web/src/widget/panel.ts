// Draws what the flow says, in a shadow root that the shop's styles cannot reach.
import { clock, opening, spoken, timeOfDay } from "../shared/format";
import type { CallStatus } from "../shared/types";
import type { Chunks } from "./chunks";
import type { Config } from "./config";
import { h, type IconName, icon, sheet } from "./dom";
import type { Flow, Screen, Shown } from "./flow";
import { PANEL } from "./styles";
import { texts } from "./texts";

const TICK = 250;

export class Panel {
  private readonly host = document.createElement("ctiapp-panel");
  private readonly root = this.host.attachShadow({ mode: "open" });
  private readonly place = h("div");
  private readonly voice = h("div", { class: "spoken", role: "status" });
  private flow!: Flow;
  private shown: Shown = { screen: null, share: true, collapsed: false, connectionLost: false };
  private drawn = "";
  private step = "";
  private opener: HTMLElement | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly config: Config,
    private readonly chunks: Chunks,
    shopSheet: CSSStyleSheet,
  ) {
    this.root.adoptedStyleSheets = [sheet(PANEL), shopSheet];
    this.root.append(this.place, this.voice);
    this.host.hidden = true;
    this.root.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key === "Escape") this.stepBack();
    });
  }

  drives(flow: Flow): void {
    this.flow = flow;
  }

  openedBy(button: HTMLElement): void {
    this.opener = button;
    // The next step was asked for with this button, so focus may move.
    this.step = "";
  }

  show(shown: Shown): void {
    this.shown = shown;
    const { screen, collapsed } = shown;
    if (!this.host.isConnected) document.body.append(this.host);
    clearInterval(this.timer);
    if (!screen) return this.hide();
    this.host.hidden = false;
    const call = screen.name === "call" ? screen.status : null;
    this.host.dataset.state = call?.state ?? screen.name;
    const key = JSON.stringify([screen.name, collapsed, shown.share, shown.connectionLost, fields(screen)]);
    if (key !== this.drawn) {
      this.drawn = key;
      this.draw(screen, collapsed);
    }
    if (call) this.timer = setInterval(() => this.tick(call), TICK);
    if (call) this.tick(call);
  }

  private draw(screen: Screen, collapsed: boolean): void {
    const step = `${this.host.dataset.state}${collapsed}`;
    const moved = step !== this.step;
    const first = this.step === "";
    const inside = this.root.activeElement !== null;
    const part = this.root.activeElement?.getAttribute("data-part");
    this.step = step;
    this.place.replaceChildren(collapsed ? this.small(screen) : this.full(screen));
    // Focus follows the steps, but is never taken from someone who types elsewhere on the page.
    if (!moved) this.find(part)?.focus();
    else if (
      inside ||
      document.activeElement === document.body ||
      (first && document.activeElement === this.opener)
    ) {
      (this.find("title") ?? this.find("expand"))?.focus({ preventScroll: true });
    }
    if (moved && !first) this.say(this.find("title")?.textContent ?? "");
  }

  private hide(): void {
    const inside = this.root.activeElement !== null;
    this.host.hidden = true;
    this.place.replaceChildren();
    this.drawn = "";
    this.step = "";
    if (inside) this.opener?.focus();
    this.opener = null;
  }

  private stepBack(): void {
    if (this.shown.screen?.name === "call") this.flow.collapse(true);
    else this.flow.close();
  }

  private full(screen: Screen): HTMLElement {
    const title = this.config.name || texts.button;
    const running = screen.name === "call";
    const head = h(
      "div",
      { class: "head" },
      h("b", {}, title),
      running
        ? this.tool("down", texts.collapse, "collapse", () => this.flow.collapse(true))
        : this.tool("close", texts.close, "close", () => this.flow.close()),
    );
    const lost = this.shown.connectionLost ? notice(texts.connectionLost) : null;
    const [body, foot] = this.content(screen);
    return h(
      "section",
      { class: "panel", role: "dialog", "aria-modal": "false", "aria-labelledby": "title" },
      head,
      h("div", { class: "body", "aria-busy": screen.name === "getting" ? "true" : "false" }, lost, ...body),
      foot,
    );
  }

  private content(screen: Screen): [HTMLElement[], HTMLElement | null] {
    switch (screen.name) {
      case "choose":
        return [this.choose(screen), this.consent()];
      case "getting":
        return [[say("phone", "", texts.gettingTitle, texts.gettingDetail)], null];
      case "call":
        return screen.status.state === "waiting_for_call"
          ? [this.number(screen.status), this.showing(screen.status)]
          : [this.progress(screen.status), this.showing(screen.status)];
      case "ended":
        return [this.ended(screen.status), null];
      case "expired":
        return [
          [
            say("alert", "bad", texts.expiredTitle, texts.expiredDetail(screen.number)),
            this.action(texts.getNewNumber, "again", () => this.flow.again(), true),
          ],
          null,
        ];
      case "refused":
        return [this.refused(screen.code, screen.opensAt), null];
    }
  }

  private choose(screen: Screen & { name: "choose" }): HTMLElement[] {
    const until = screen.pool?.closes_at ? texts.openUntil(timeOfDay(screen.pool.closes_at)) : "";
    return [
      heading(texts.chooseTitle),
      h(
        "button",
        { class: "choice", type: "button", "data-part": "call-us", click: () => void this.flow.ask() },
        h("div", { class: "badge" }, icon("phone")),
        h("span", {}, h("b", {}, texts.callUs), texts.callUsDetail),
        icon("next"),
      ),
      ...(until ? [h("div", { class: "hours" }, icon("clock"), until)] : []),
    ];
  }

  private consent(): HTMLElement {
    const { share } = this.shown;
    const details = h("p", { hidden: true, "data-part": "shared-detail" }, texts.sharedDetail);
    const more = h(
      "button",
      {
        class: "link",
        type: "button",
        "aria-expanded": "false",
        click: () => {
          details.hidden = !details.hidden;
          more.setAttribute("aria-expanded", String(!details.hidden));
        },
      },
      texts.whatIsShared,
    );
    return h(
      "div",
      { class: "foot" },
      icon(share ? "eye" : "eyeOff"),
      h("div", {}, texts.consent, h("br"), more, details),
      h(
        "button",
        {
          class: "switch",
          type: "button",
          role: "switch",
          "aria-checked": String(share),
          "aria-label": texts.consentLabel,
          "data-part": "share",
          click: () => this.flow.setShare(!this.shown.share),
        },
        h("i"),
        share ? texts.on : texts.off,
      ),
    );
  }

  private number(status: CallStatus): HTMLElement[] {
    const number = status.display_number ?? status.number ?? "";
    const touch = matchMedia("(hover: none) and (pointer: coarse)").matches;
    return [
      h(
        "h2",
        { class: "label", id: "title", tabindex: "-1", "data-part": "title" },
        texts.numberLabel,
        h("b", { class: "number", "data-part": "number" }, number),
      ),
      h(
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
      ),
      h(
        "a",
        { class: "action filled", href: status.tel, "data-part": "call" },
        icon("phone"),
        texts.call(number),
      ),
      ...(touch
        ? [this.action(texts.copy, "copy", () => void this.copy(number))]
        : [this.onComputer(status, number)]),
      h("div", { class: "hours", "data-part": "waiting" }, icon("clock"), texts.waiting),
      h(
        "div",
        { class: "two" },
        h(
          "a",
          { class: "action", href: status.sip, title: texts.callBySipLong, "data-part": "sip" },
          texts.callBySip,
        ),
        this.action(texts.cancel, "cancel", () => void this.flow.cancel()),
      ),
    ];
  }

  private onComputer(status: CallStatus, number: string): HTMLElement {
    const qr = h("div", { class: "qr", "data-part": "qr" });
    void this.chunks
      .qr()
      .then(({ qrCode }) => qr.append(qrCode(status.tel ?? "", texts.qrLabel(number))))
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
        h(
          "button",
          { class: "link", type: "button", "data-part": "copy", click: () => void this.copy(number) },
          texts.copy,
        ),
      ),
    );
  }

  private progress(status: CallStatus): HTMLElement[] {
    const name = status.agent?.first_name ?? null;
    const talking = status.state === "connected";
    const title = talking
      ? texts.talkingTitle(name)
      : status.state === "ringing"
        ? texts.ringingTitle(name)
        : texts.queuedTitle;
    const detail = talking ? "" : status.state === "ringing" ? texts.ringingDetail : texts.queuedDetail;
    const at = { queued: 1, ringing: 2, connected: 3 }[status.state as "queued" | "ringing" | "connected"];
    const steps = [texts.stepNumber, texts.stepReached, texts.stepRinging(name), texts.stepTalking];
    const lines = steps.map((step, index) => {
      const place = index < at ? "done" : index === at ? "now" : "";
      return h(
        "li",
        { class: place, "aria-current": place === "now" ? "step" : null },
        h("i", {}, place === "done" && icon("check")),
        step,
      );
    });
    const head = say(talking && name ? name.charAt(0).toUpperCase() : "phone", "", title, detail);
    if (talking) {
      head.querySelector("div:last-child")?.append(h("p", { role: "timer", "data-part": "talked" }));
      head.append(h("span", { class: "pill" }, icon("phone"), texts.onThePhone));
    }
    return [head, h("ol", {}, ...lines)];
  }

  private showing(status: CallStatus): HTMLElement {
    const name = status.agent?.first_name;
    if (!this.shown.share) return h("div", { class: "foot" }, icon("eyeOff"), h("div", {}, texts.notShown));
    const waiting = status.state === "waiting_for_call";
    const who = name ? (waiting ? texts.seesAndWaits(name) : texts.sees(name)) : texts.willSee;
    const rest = name ? (waiting ? texts.seesAndWaitsRest : texts.seesRest) : texts.willSeeRest;
    return h(
      "div",
      { class: "foot" },
      icon("eye"),
      h("div", {}, h("b", {}, who), rest),
      h(
        "button",
        {
          class: "link",
          type: "button",
          "data-part": "stop-showing",
          click: () => void this.flow.stopShowing(),
        },
        texts.stopShowing,
      ),
    );
  }

  private ended(status: CallStatus): HTMLElement[] {
    const { connected_at, ended_at, end_reason, agent } = status;
    const talked = connected_at && ended_at ? (Date.parse(ended_at) - Date.parse(connected_at)) / 1000 : null;
    const cutOff = talked === null && !["hangup", "abandoned"].includes(end_reason ?? "");
    const message =
      talked !== null
        ? say(
            "check",
            "",
            texts.endedTitle,
            texts.spoke(agent?.first_name ?? null, spoken(talked)) + texts.nobodySees,
          )
        : cutOff
          ? say("alert", "bad", texts.cutOffTitle, texts.cutOffDetail)
          : say("phone", "warn", texts.unansweredTitle, texts.unansweredDetail);
    const done = talked !== null;
    return [
      message,
      this.action(
        done ? texts.close : texts.callAgain,
        done ? "close-ended" : "again",
        () => (done ? this.flow.close() : this.flow.again()),
        true,
      ),
      this.action(done ? texts.callAgain : texts.close, done ? "again" : "close-ended", () =>
        done ? this.flow.again() : this.flow.close(),
      ),
    ];
  }

  private refused(code: string, opensAt: string | null): HTMLElement[] {
    const retry = this.action(texts.tryAgain, "retry", () => this.flow.retry(), true);
    const close = this.action(texts.close, "close-refused", () => this.flow.close(), code === "closed");
    switch (code) {
      case "closed":
        return [
          say(
            "clock",
            "warn",
            texts.closedTitle,
            opensAt ? texts.closedDetail(opening(opensAt, new Date())) : texts.closedUnknown,
          ),
          close,
        ];
      case "all_numbers_in_use":
        return [say("hash", "warn", texts.allNumbersTitle, texts.allNumbersDetail), retry];
      case "all_agents_busy":
        return [say("clock", "warn", texts.busyTitle, texts.busyDetail), retry];
      case "nobody_has_the_skill":
        return [say("clock", "warn", texts.noSkillTitle, texts.noSkillDetail), retry];
      case "telephone_down":
        return [say("alert", "bad", texts.downTitle, texts.downDetail), retry];
      case "offline":
        return [say("wifiOff", "bad", texts.offlineTitle, texts.offlineDetail), retry];
      case "too_many_requests":
      case "too_many_attempts":
        return [say("clock", "warn", texts.limitTitle, texts.limitDetail), retry];
      case "unknown_site":
      case "unknown_pool":
      case "foreign_origin":
        return [say("alert", "bad", texts.notSetUpTitle, texts.notSetUpDetail), close];
      default:
        return [say("alert", "bad", texts.otherTitle, texts.otherDetail), retry];
    }
  }

  private small(screen: Screen): HTMLElement {
    const status = screen.name === "call" ? screen.status : null;
    const name = status?.agent?.first_name ?? null;
    const words = {
      waiting_for_call: status?.display_number ?? "",
      queued: texts.queuedTitle,
      ringing: texts.ringingTitle(name),
      connected: texts.talkingTitle(name),
      ended: texts.endedTitle,
    }[status?.state ?? "ended"];
    return h(
      "button",
      {
        class: "small",
        type: "button",
        "data-part": "expand",
        title: texts.expand,
        click: () => this.flow.collapse(false),
      },
      icon("phone"),
      h("span", {}, words),
      h("span", { class: "time", "data-part": status?.state === "connected" ? "talked" : "time" }),
    );
  }

  /** Only numbers move between two drawings: nothing is rebuilt under the customer's fingers. */
  private tick(status: CallStatus): void {
    const talked = this.find("talked");
    if (talked && status.connected_at) {
      const before = (Date.parse(status.server_time) - Date.parse(status.connected_at)) / 1000;
      this.heardAt.set(status, this.heardAt.get(status) ?? performance.now());
      setText(
        talked,
        spoken(Math.floor(before + (performance.now() - (this.heardAt.get(status) ?? 0)) / 1000)),
      );
    }
    const left = this.flow.countdown.left();
    if (left === null) return;
    setText(this.find("time"), clock(Math.ceil(left)));
    setText(this.find("soon"), left <= 30 ? texts.endingSoon : "");
    const bar = this.find("bar");
    if (bar) bar.style.width = `${Math.min(100, (left / this.flow.holdSeconds) * 100)}%`;
    const mark = this.flow.countdown.toSpeak();
    if (mark !== null) this.say(texts.left(mark));
  }

  private readonly heardAt = new WeakMap<CallStatus, number>();

  private async copy(number: string): Promise<void> {
    const done = await navigator.clipboard.writeText(number).then(
      () => true,
      () => false,
    );
    const button = this.find("copy");
    if (button) button.textContent = done ? texts.copied : texts.copyFailed;
    this.say(done ? texts.copied : texts.copyFailed);
  }

  private say(words: string): void {
    this.voice.textContent = words;
  }

  private find(part: string | null | undefined): HTMLElement | null {
    return part ? this.root.querySelector<HTMLElement>(`[data-part="${part}"]`) : null;
  }

  private tool(name: IconName, label: string, part: string, click: () => void): HTMLElement {
    return h(
      "button",
      { class: "tool", type: "button", "aria-label": label, title: label, "data-part": part, click },
      icon(name),
    );
  }

  private action(label: string, part: string, click: () => void, filled = false): HTMLElement {
    return h(
      "button",
      { class: filled ? "action filled" : "action", type: "button", "data-part": part, click },
      label,
    );
  }
}

/** What of a screen is drawn; the server's clock moves at every message and is not. */
function fields(screen: Screen): unknown {
  if (screen.name !== "call" && screen.name !== "ended") return screen;
  const { state, number, agent, connected_at, end_reason } = screen.status;
  return [state, number, agent, connected_at, end_reason];
}

function heading(words: string): HTMLElement {
  return h("h2", { id: "title", tabindex: "-1", "data-part": "title" }, words);
}

function say(sign: IconName | string, tone: string, title: string, detail: string): HTMLElement {
  const mark = sign.length === 1 ? sign : icon(sign as IconName);
  return h(
    "div",
    { class: "say" },
    h("div", { class: `sign ${tone}`, "aria-hidden": "true" }, mark),
    h("div", {}, heading(title), detail && h("p", {}, detail)),
  );
}

function notice(words: string): HTMLElement {
  return h("div", { class: "notice", role: "status" }, icon("wifiOff"), words);
}

function setText(element: HTMLElement | null, words: string): void {
  if (element && element.textContent !== words) element.textContent = words;
}
