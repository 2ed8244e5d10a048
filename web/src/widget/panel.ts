// The panel on the shop's page: a shadow root that its styles cannot reach, focus that follows the steps, and a voice.
import type { Chunks } from "./chunks";
import type { Config } from "./config";
import { h, sheet } from "./dom";
import type { Flow } from "./flow";
import type { Screen, Shown } from "./screen";
import { draw, isQuiet, keyOf, small, stateOf } from "./screens";
import { type Drawn, notice, type Scene, tool } from "./screens/parts";
import { PANEL } from "./styles";
import { texts } from "./texts";

const TICK = 250;

export class Panel {
  private readonly host = document.createElement("ctiapp-panel");
  private readonly root = this.host.attachShadow({ mode: "open" });
  private readonly place = h("div");
  private readonly voice = h("div", { class: "spoken", role: "status" });
  private flow!: Flow;
  private shown: Shown = {
    screen: null,
    share: true,
    collapsed: false,
    connectionLost: false,
    callsBack: false,
  };
  private drawn: Drawn = { body: [] };
  private key = "";
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
    const { screen, collapsed, share, connectionLost, callsBack } = shown;
    if (!this.host.isConnected) document.body.append(this.host);
    clearInterval(this.timer);
    if (!screen || (collapsed && isQuiet(screen))) return this.hide();
    this.host.hidden = false;
    this.host.dataset.state = stateOf(screen);
    const key = JSON.stringify([
      screen.name,
      collapsed,
      share,
      connectionLost,
      callsBack,
      keyOf(screen, this.flow),
    ]);
    if (key !== this.key) {
      this.key = key;
      this.redraw(screen, collapsed);
    }
    if (!this.drawn.update) return;
    this.drawn.update();
    this.timer = setInterval(() => this.drawn.update?.(), TICK);
  }

  private redraw(screen: Screen, collapsed: boolean): void {
    const step = `${screen.name} ${this.host.dataset.state}${collapsed}`;
    const moved = step !== this.step;
    const first = this.step === "";
    const inside = this.root.activeElement !== null;
    const part = this.root.activeElement?.getAttribute("data-part");
    this.step = step;
    this.drawn = collapsed ? small(this.scene, screen) : draw(this.scene, screen);
    this.place.replaceChildren(collapsed ? this.bar() : this.full(screen));
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

  private get scene(): Scene {
    return {
      flow: this.flow,
      config: this.config,
      chunks: this.chunks,
      shown: this.shown,
      say: (words) => this.say(words),
      find: (part) => this.find(part),
    };
  }

  private hide(): void {
    const inside = this.root.activeElement !== null;
    this.host.hidden = true;
    this.place.replaceChildren();
    this.drawn = { body: [] };
    this.key = "";
    this.step = "";
    if (inside) this.opener?.focus();
    this.opener = null;
  }

  private stepBack(): void {
    if (this.runs) this.flow.collapse(true);
    else if (this.drawn.back) this.drawn.back();
    else this.flow.close();
  }

  private get runs(): boolean {
    return ["call", "request"].includes(this.shown.screen?.name ?? "");
  }

  private full(screen: Screen): HTMLElement {
    const { body, foot, back } = this.drawn;
    const head = h(
      "div",
      { class: back ? "head deeper" : "head" },
      back ? tool("back", texts.back, "back", back) : null,
      h("b", {}, this.config.name || texts.button),
      this.runs
        ? tool("down", texts.collapse, "collapse", () => this.flow.collapse(true))
        : screen.name === "change" || screen.name === "proof"
          ? null
          : tool("close", texts.close, "close", () => this.flow.close()),
    );
    const lost = this.shown.connectionLost ? notice("wifiOff", texts.connectionLost) : null;
    return h(
      "section",
      { class: "panel", role: "dialog", "aria-modal": "false", "aria-labelledby": "title" },
      head,
      h("div", { class: "body" }, lost, ...body),
      ...(foot ?? []),
    );
  }

  private bar(): HTMLElement {
    const click = () => this.flow.collapse(false);
    const attributes = { type: "button", "data-part": "expand", title: texts.expand, click };
    return h(
      "div",
      { class: "small" },
      h("button", attributes, ...this.drawn.body),
      ...(this.drawn.beside ?? []),
    );
  }

  private say(words: string): void {
    this.voice.textContent = words;
  }

  private find(part: string | null | undefined): HTMLElement | null {
    return part ? this.root.querySelector<HTMLElement>(`[data-part="${part}"]`) : null;
  }
}
