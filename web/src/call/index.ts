// A customer's telephone, in a window of its own: it goes on whatever the shop's page does. Opened by the widget as
// /call#interaction=…&token=…&from=…

import { pageTelephone, type State, type Telephone } from "../phone";
import type { WindowStep } from "../shared/callWindow";
import { spoken } from "../shared/format";
import type { CallStatus } from "../shared/types";
import { h, sheet } from "../widget/dom";
import { Opener } from "./opener";
import { createPictures } from "./pictures";
import { type Asked, Refused, type Server, serverFor, type Target, takeAsked } from "./server";
import { createSettings } from "./settings";
import { STYLE } from "./styles";
import { reasonText, refusals, texts, whatToDo } from "./texts";
import { createView, type Shown, type View } from "./view";

const ALIVE_EVERY = 20_000;
const LOOK_EVERY = 1_000;
const LOOK_WHEN_TALKING = 4_000;
/** A target that was asked for before the microphone was allowed is dialled up to then. */
const TARGET_KEEPS = 15_000;

class CallWindow {
  private readonly opener: Opener;
  private readonly view: View;
  private readonly pictures = createPictures(
    () => this.phone,
    () => this.name,
    (words) => this.view.say(words),
  );
  private readonly phone: Telephone;
  private server: Server;
  private status: CallStatus | null = null;
  private early: { target: Promise<Target>; at: number } | null = null;
  private target = "";
  private dialled = false;
  private refusal = "";
  private looked = 0;

  constructor(private asked: Asked) {
    this.opener = new Opener(asked);
    this.server = serverFor(asked);
    this.phone = pageTelephone({
      access: () => this.access(),
      show: (state) => this.news(state),
      video: (stream) => this.pictures.offered(stream),
    });
    const settings = createSettings(
      () => this.phone,
      (id) => void this.pictures.choose(id),
      () => this.mayHavePictures,
    );
    this.view = createView(
      {
        mute: () => this.phone.mute(!this.phone.state.muted),
        press: (key) => this.phone.press(key),
        camera: () => void this.camera(),
        hangUp: () => this.phone.hangUp(),
        again: () => void this.begin(),
      },
      this.pictures.stage,
      this.pictures.offer,
      settings,
    );
    this.view.say("");
    addEventListener("beforeunload", (event) => {
      if (this.inCall) event.preventDefault();
    });
    // Nobody at the other end waits for a window that is gone.
    addEventListener("pagehide", () => this.phone.stop());
    // The shop asks for another call while this window is still there.
    addEventListener("hashchange", () => this.askedAgain());
    setInterval(() => void this.look(), LOOK_EVERY);
    setInterval(() => void this.stay(), ALIVE_EVERY);
    void this.begin();
  }

  private get inCall(): boolean {
    return ["calling", "talking", "held"].includes(this.phone.state.name);
  }

  private get name(): string | null {
    return this.status?.agent?.first_name ?? null;
  }

  private get mayHavePictures(): boolean {
    return this.status?.video !== false;
  }

  // ---- what happens

  private async begin(): Promise<void> {
    this.refusal = "";
    this.dialled = false;
    this.askTarget();
    await this.phone.start();
  }

  private askedAgain(): void {
    const asked = takeAsked();
    if (!asked || this.inCall) return;
    this.asked = asked;
    this.opener.isFor(asked);
    this.server = serverFor(asked);
    this.status = null;
    this.view.say("");
    void this.begin();
  }

  /** While the browser asks for the microphone: the call is not held up by it. */
  private askTarget(): void {
    const target = this.server.target();
    target.catch(() => {});
    this.early = { target, at: performance.now() };
  }

  private async access(): Promise<Target> {
    if (this.asked.video && this.mayHavePictures) await this.pictures.prepare();
    if (!this.early || performance.now() - this.early.at > TARGET_KEEPS) this.askTarget();
    try {
      const access = await this.early?.target;
      if (!access) throw new Refused("");
      this.target = access.target;
      return access;
    } catch (error) {
      if (error instanceof Refused) this.refusal = error.message;
      throw error;
    } finally {
      this.early = null;
    }
  }

  private async camera(): Promise<void> {
    if (this.pictures.isOn) await this.pictures.hide();
    else await this.pictures.show();
    this.draw();
  }

  private news(state: State): void {
    if (state.name === "registered" && !this.dialled) {
      this.dialled = true;
      this.phone.dial(this.target);
      return;
    }
    this.draw();
    if (state.name === "talking" && this.asked.video && this.mayHavePictures && this.pictures.isOn) {
      this.asked = { ...this.asked, video: false };
      void this.pictures.show().then(() => this.draw());
    }
    if (state.name === "ended" || state.name === "refused") this.pictures.over();
    void this.look(true);
  }

  /** Whom the call is with, and that the shop's page has given the number back. */
  private async look(now = false): Promise<void> {
    const { name } = this.phone.state;
    if (name === "off" || ((name === "ended" || name === "refused") && !now)) return;
    const every = name === "talking" ? LOOK_WHEN_TALKING : LOOK_EVERY;
    if (!now && performance.now() - this.looked < every) return;
    this.looked = performance.now();
    const { server } = this;
    const status = await server.status().catch(() => null);
    if (!status || server !== this.server) return;
    this.status = status;
    if (!this.mayHavePictures && this.pictures.isOn) {
      this.pictures.over();
      this.view.say(texts.noPicture);
    }
    if (status.state === "ended" && this.phone.state.name === "connecting") this.phone.stop();
    this.draw();
  }

  private async stay(): Promise<void> {
    if (this.status?.state === "waiting_for_call") await this.server.alive().catch(() => {});
  }

  // ---- what is shown

  private draw(): void {
    const { state } = this.phone;
    const { name: step, title, words } = this.said(state);
    const failed = step === "failed";
    const talking = step === "talking";
    const shown: Shown = {
      title,
      words,
      tone: failed ? "bad" : talking ? "talking" : "",
      sign: failed ? "alert" : talking && this.name ? this.name.charAt(0).toUpperCase() : this.sign(step),
      calling: state.name === "calling",
      talking,
      muted: state.muted,
      since: state.since,
      again: failed && this.status?.state !== "ended",
      instead: failed && this.status?.state === "waiting_for_call" ? this.status.display_number : null,
      pictures: this.mayHavePictures,
      camera: this.pictures.isOn,
    };
    this.view.draw(shown);
    this.opener.tell(step, title);
  }

  private sign(step: WindowStep): "mic" | "phone" | "check" {
    if (step === "asking") return this.phone.microphone ? "phone" : "mic";
    return step === "over" ? "check" : "phone";
  }

  private said(state: State): { name: WindowStep; title: string; words: string } {
    const { name } = this;
    switch (state.name) {
      case "calling":
        if (this.status?.state === "queued")
          return { name: "calling", title: texts.queued, words: texts.queuedDetail };
        if (this.status?.state === "ringing")
          return { name: "calling", title: texts.ringing(name), words: texts.keepOpen };
        return { name: "calling", title: texts.calling, words: texts.keepOpen };
      case "talking":
        return { name: "talking", title: texts.talking(name), words: texts.keepOpen };
      case "held":
        return { name: "talking", title: texts.held, words: texts.keepOpen };
      case "off":
        return this.saidWithoutACall();
      case "ended":
      case "refused":
        return this.saidAtTheEnd(state);
      default:
        return this.phone.microphone
          ? { name: "asking", title: texts.connecting, words: texts.connectingDetail }
          : { name: "asking", title: texts.asking, words: texts.askingDetail };
    }
  }

  /** The number was given back, or its time is over, before there was a call. */
  private saidWithoutACall(): { name: WindowStep; title: string; words: string } {
    if (this.status?.end_reason === "expired")
      return { name: "failed", title: refusals.already_ended ?? "", words: "" };
    return { name: "over", title: texts.ended, words: texts.close };
  }

  private saidAtTheEnd(state: State): { name: WindowStep; title: string; words: string } {
    const why = reasonText(state.reason);
    if (state.since === null && (state.name === "refused" || why)) {
      const todo = this.refusal ? "" : ((state.reason && whatToDo[state.reason]) ?? "");
      return { name: "failed", title: this.refusal || why || texts.ended, words: todo };
    }
    const { connected_at, ended_at } = this.status ?? {};
    const seconds =
      connected_at && ended_at ? (Date.parse(ended_at) - Date.parse(connected_at)) / 1000 : null;
    const over = seconds === null ? why : texts.over(this.name, spoken(seconds));
    return { name: "over", title: texts.ended, words: `${over} ${texts.close}`.trim() };
  }
}

document.adoptedStyleSheets = [sheet(STYLE)];
const first = takeAsked();
if (first) new CallWindow(first);
else document.body.append(h("main", {}, h("h1", {}, texts.nothing)));
