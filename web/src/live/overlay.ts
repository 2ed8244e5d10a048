// What the agent shows the customer: a pointer, a mark, a page to open. It lies over the shop's page in a look of its own
// with the agent's name on it, takes no click (but for the proposal's two buttons), and changes nothing of the page.
import type { Point, Proposal } from "../shared/live";
import { texts } from "./texts";

const LOOK = `
:host { all: initial; position: fixed; inset: 0; z-index: 2147483646; pointer-events: none; }
.hand, .mark { position: fixed; transition: transform 80ms linear; left: 0; top: 0; }
.hand svg { width: 24px; height: 24px; display: block; filter: drop-shadow(0 1px 2px rgb(0 0 0 / 50%)); }
.mark { border: 3px dashed #0b57d0; outline: 2px solid #fff; border-radius: 6px; box-sizing: border-box; }
.name { position: absolute; left: 14px; top: 22px; white-space: nowrap; }
.mark .name { left: -3px; top: auto; bottom: calc(100% + 4px); }
.name, .card { font: 600 13px/18px system-ui, sans-serif; color: #fff; background: #0b57d0; border: 2px solid #fff;
  border-radius: 8px; padding: 2px 8px; box-shadow: 0 1px 4px rgb(0 0 0 / 40%); }
.card { pointer-events: auto; position: fixed; left: 50%; bottom: 24px; transform: translateX(-50%); max-width: min(420px, 92vw);
  padding: 12px 16px; font-weight: 400; box-sizing: border-box; }
.card b, .card span { display: block; overflow-wrap: anywhere; }
.card div { display: flex; gap: 8px; margin-top: 8px; }
button { font: 600 14px/20px system-ui, sans-serif; min-height: 44px; padding: 0 16px; border-radius: 8px; border: 2px solid #fff;
  background: #fff; color: #0b57d0; cursor: pointer; }
button.no { background: transparent; color: #fff; }
button:focus-visible { outline: 3px solid #ffd166; outline-offset: 2px; }
[hidden] { display: none; }
@media (prefers-reduced-motion: reduce) { .hand, .mark { transition: none; } }
`;
const HAND = "M5 2l14 9-6.2 1.3L16 19l-3 1.4-3.2-6.8L5 18z";
const FADES_AFTER = 4000;

export class Overlay {
  private readonly host: HTMLElement;
  private readonly hand: HTMLElement;
  private readonly mark: HTMLElement;
  private readonly card: HTMLElement;
  private target: { element: Element; point: Exclude<Point, { kind: "off" }> } | null = null;
  private marked: Element | null = null;
  private fades: ReturnType<typeof setTimeout> | undefined;
  private readonly follow = () => this.place();

  constructor(private readonly document: Document) {
    this.host = document.createElement("ctiapp-pointer");
    const root = this.host.attachShadow({ mode: "open" });
    const look = new CSSStyleSheet();
    look.replaceSync(LOOK);
    root.adoptedStyleSheets = [look];
    this.hand = this.part("hand");
    this.mark = this.part("mark");
    this.card = this.part("card");
    this.card.setAttribute("role", "alertdialog");
    this.hand.prepend(drawnHand(document));
    root.append(this.mark, this.hand, this.card);
  }

  point(point: Point, element: Element | null, agent: string | null): void {
    if (point.kind === "off" || !element) return this.off();
    this.show();
    if (point.kind === "mark") {
      this.marked = element;
      name(this.mark, texts.marked(agent));
    }
    this.target = { element, point };
    name(this.hand, texts.points(agent));
    this.place();
    clearTimeout(this.fades);
    this.fades = setTimeout(() => {
      this.hand.hidden = true;
    }, FADES_AFTER);
  }

  /** The customer decides; nothing happens by itself. */
  propose({ url, agent }: Proposal, answer: (accepted: boolean) => void): void {
    this.show();
    const title = this.document.createElement("b");
    title.textContent = texts.proposal(agent);
    const where = this.document.createElement("span");
    where.textContent = url.replace(/^https?:\/\//, "");
    const buttons = this.document.createElement("div");
    const choice = (words: string, accepted: boolean) => {
      const button = this.document.createElement("button");
      button.type = "button";
      button.textContent = words;
      button.className = accepted ? "yes" : "no";
      button.addEventListener("click", () => {
        this.card.hidden = true;
        answer(accepted);
      });
      return button;
    };
    buttons.append(choice(texts.open, true), choice(texts.decline, false));
    this.card.setAttribute("aria-label", texts.proposal(agent));
    this.card.replaceChildren(title, where, buttons);
    this.card.hidden = false;
  }

  off(): void {
    this.target = null;
    this.marked = null;
    this.hand.hidden = true;
    this.mark.hidden = true;
  }

  /** Also what is proposed; nothing of ours stays on the page. */
  remove(): void {
    this.off();
    this.card.hidden = true;
    clearTimeout(this.fades);
    this.host.remove();
    for (const event of ["scroll", "resize"])
      this.document.defaultView?.removeEventListener(event, this.follow, true);
  }

  private show(): void {
    if (this.host.isConnected) return;
    this.document.documentElement.append(this.host);
    for (const event of ["scroll", "resize"])
      this.document.defaultView?.addEventListener(event, this.follow, true);
  }

  /** Beside the element, wherever it is now: page and agent's window may be scrolled differently. */
  private place(): void {
    const { target, marked } = this;
    if (target?.element.isConnected) {
      const box = target.element.getBoundingClientRect();
      const x = box.left + box.width * target.point.x;
      const y = box.top + box.height * target.point.y;
      this.hand.style.transform = `translate(${x}px, ${y}px)`;
      this.hand.hidden = false;
    } else this.hand.hidden = true;
    if (marked?.isConnected) {
      const box = marked.getBoundingClientRect();
      this.mark.style.transform = `translate(${box.left - 4}px, ${box.top - 4}px)`;
      this.mark.style.width = `${box.width + 8}px`;
      this.mark.style.height = `${box.height + 8}px`;
      this.mark.hidden = false;
    } else this.mark.hidden = true;
  }

  private part(className: string): HTMLElement {
    const part = this.document.createElement("div");
    part.className = className;
    part.hidden = true;
    return part;
  }
}

function name(part: HTMLElement, words: string): void {
  let label = part.querySelector(".name");
  if (!label) {
    label = part.ownerDocument.createElement("span");
    label.className = "name";
    part.append(label);
  }
  label.textContent = words;
}

function drawnHand(document: Document): Element {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", HAND);
  path.setAttribute("fill", "#0b57d0");
  path.setAttribute("stroke", "#fff");
  path.setAttribute("stroke-width", "1.5");
  svg.append(path);
  return svg;
}
