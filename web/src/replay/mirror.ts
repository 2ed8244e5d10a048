// The customer's page as it moves, in the agent's frame. An own thin mirror and not rrweb's player: a player builds what it
// is told, this draws only what the console's cleaning lets through, node by node, in a frame that can neither run nor fetch.
import { build, FOCUS_ATTRIBUTE, fields, type Nodes, put, shadow } from "../console/frame";
import { cleanAttributes, cleanCss, sanitize } from "../console/sanitize";
import { HIDDEN_ATTRIBUTE } from "../shared/constants";
import type { Change } from "../shared/live";
import type { SnapshotNode } from "../shared/types";

const MOST_NODES = 60_000;
const SHEET_ATTRIBUTE = "data-ctiapp-sheet";

export type Told = {
  size(width: number, height: number): void;
  mouse(x: number, y: number): void;
  address(url: string, title: string): void;
};

export class Mirror {
  private readonly ids = new WeakMap<Node, number>();

  /** `nodes`: what was drawn of the picture. */
  constructor(
    private readonly document: Document,
    private readonly nodes: Nodes,
    private readonly hiddenWord: string,
    private readonly told: Told,
  ) {
    for (const [id, node] of nodes) this.ids.set(node, id);
  }

  /** The number of the drawn element, or of the next one around it that has one. */
  idOf(node: Node | null): { id: number; element: Element } | null {
    for (let at = node; at; at = at.parentNode ?? hostOf(at)) {
      const id = this.ids.get(at);
      if (id !== undefined && at.nodeType === 1) return { id, element: at as Element };
    }
    return null;
  }

  /** What it does not know is left out: it may be something that was cleaned away. */
  apply(change: Change): void {
    switch (change.op) {
      case "size":
        return this.told.size(change.width, change.height);
      case "mouse":
        return this.told.mouse(change.x, change.y);
      case "address":
        return this.told.address(change.url, change.title);
      case "focus":
        return this.focus(change.id);
      case "add":
        return this.add(change);
    }
    const node = this.nodes.get(change.id);
    if (!node) return;
    const element = node.nodeType === 1 ? (node as Element) : null;
    if (change.op === "remove") this.remove(node);
    else if (change.op === "text") this.text(node, change.value);
    else if (change.op === "scroll") this.scroll(element, change.x, change.y);
    else if (change.op === "sheets") this.sheets(element, change.sheets);
    else if (!element) return;
    else if (change.op === "attributes") this.attributes(element, change.attributes);
    else if (change.op === "field") this.field(element, change);
    else if (change.op === "hide") this.hide(element, change.kind);
    else if (change.op === "style" && element.localName === "style") {
      element.textContent = cleanCss(change.value);
    }
  }

  private add(change: Extract<Change, { op: "add" }>): void {
    const parent = this.nodes.get(change.parent);
    if (parent?.nodeType !== 1 || isHidden(parent as Element) || this.nodes.size > MOST_NODES) return;
    const before = this.nodes.get(change.node.id);
    if (before) this.remove(before);
    const clean = sanitize(change.node);
    // A style sheet's text comes as its rules.
    if (!clean || (parent as Element).localName === "style") return;
    this.insert(clean, parent as Element, change);
  }

  private insert(clean: SnapshotNode, parent: Element, change: Extract<Change, { op: "add" }>): void {
    const into = change.shadow ? (parent.shadowRoot ?? shadow(parent)) : parent;
    if (!into) return;
    const drawn: Nodes = new Map();
    const later: (() => void)[] = [];
    const built = build(this.document, clean, this.hiddenWord, drawn, later);
    const next = change.next === null ? null : (this.nodes.get(change.next) ?? null);
    into.insertBefore(built, next?.parentNode === into ? next : null);
    for (const [id, node] of drawn) {
      this.nodes.set(id, node);
      this.ids.set(node, id);
    }
    for (const finish of later) finish();
  }

  private remove(node: Node): void {
    if (node === this.document || node === this.document.documentElement) return;
    (node as ChildNode).remove();
    this.forget(node);
  }

  private forget(node: Node): void {
    const id = this.ids.get(node);
    if (id !== undefined && this.nodes.get(id) === node) this.nodes.delete(id);
    for (const child of node.childNodes) this.forget(child);
    const inside = node.nodeType === 1 ? (node as Element).shadowRoot : null;
    if (inside) for (const child of inside.childNodes) this.forget(child);
  }

  private text(node: Node, value: string): void {
    if (node.nodeType !== 3 || isHidden(node.parentNode)) return;
    if ((node.parentNode as Element | null)?.localName !== "style") (node as Text).data = value;
  }

  private attributes(element: Element, changed: Record<string, string | null>): void {
    const hidden = isHidden(element);
    for (const [name, value] of Object.entries(changed)) {
      if (name === HIDDEN_ATTRIBUTE || (hidden && !["class", "style"].includes(name))) continue;
      if (value === null) element.removeAttribute(name);
      else {
        for (const [clean, kept] of Object.entries(cleanAttributes(element.localName, { [name]: value }))) {
          if (clean === "rr_dataURL") element.setAttribute("src", kept);
          else if (!clean.startsWith("rr_")) put(element, clean, kept);
        }
      }
    }
  }

  private field(element: Element, { value, checked, chosen }: Extract<Change, { op: "field" }>): void {
    if (isHidden(element)) return;
    const field = element as HTMLInputElement;
    if (value !== undefined && ["input", "textarea"].includes(element.localName)) field.value = value;
    if (checked !== undefined && element.localName === "input") field.checked = checked;
    if (chosen && element.localName === "select") {
      const options = (element as HTMLSelectElement).options;
      for (let place = 0; place < options.length; place += 1) {
        const option = options[place];
        if (option) option.selected = chosen.includes(place);
      }
    }
  }

  /** Its content is no longer told, and what was is taken away. */
  private hide(element: Element, kind: string): void {
    for (const child of [...element.childNodes]) this.forget(child);
    element.setAttribute(HIDDEN_ATTRIBUTE, kind);
    element.shadowRoot?.replaceChildren();
    if (kind === "choice") (element as HTMLInputElement).checked = false;
    else fields(element, { [HIDDEN_ATTRIBUTE]: kind }, this.hiddenWord);
  }

  private scroll(element: Element | null, left: number, top: number): void {
    (element ?? this.document.defaultView)?.scrollTo({ left, top, behavior: "instant" });
  }

  private sheets(host: Element | null, sheets: string[]): void {
    const root = host ? host.shadowRoot : this.document.head;
    if (!root || isHidden(host)) return;
    for (const old of root.querySelectorAll(`style[${SHEET_ATTRIBUTE}]`)) old.remove();
    for (const sheet of sheets) {
      const style = this.document.createElement("style");
      style.setAttribute(SHEET_ATTRIBUTE, "");
      style.textContent = cleanCss(sheet);
      root.append(style);
    }
  }

  private focus(id: number | null): void {
    this.document.querySelector(`[${FOCUS_ATTRIBUTE}]`)?.removeAttribute(FOCUS_ATTRIBUTE);
    const node = id === null ? null : this.nodes.get(id);
    if (node?.nodeType === 1) (node as Element).setAttribute(FOCUS_ATTRIBUTE, "");
  }
}

function isHidden(node: Node | null): boolean {
  return node?.nodeType === 1 && (node as Element).hasAttribute(HIDDEN_ATTRIBUTE);
}

function hostOf(node: Node): Node | null {
  return (node as ShadowRoot).host ?? null;
}
