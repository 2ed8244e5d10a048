// rrweb hears what happens on the page; what of it may be told is decided here, beside the elements themselves.
// Nothing of a value, text or attribute that rrweb brings is passed on: it is read anew, through the masking.
import { EventType, type eventWithTime, IncrementalSource, record } from "rrweb";
import { BLOCKED, masked } from "../page";
import { smallImageData } from "../page/images";
import { isFocused, Masking, partsBeside, pictureOf, type Rules } from "../page/masking";
import { maskTyped, unfinishedNumbers } from "../page/numbers";
import { isEditable, isFormField, isSensitive, textOf, typeOf } from "../page/sensitive";
import { maskAround } from "../page/text";
import { PRIVATE_ATTRIBUTE, SHOW_ATTRIBUTE } from "../shared/constants";
import type { Change } from "../shared/live";
import type { PageSnapshot, SnapshotNode } from "../shared/types";

const LARGEST_PICTURE = 30_000;
const STYLE_EVERY = 200;

type Incremental = Extract<eventWithTime, { type: EventType.IncrementalSnapshot }>["data"];
type Mutations = Extract<Incremental, { source: IncrementalSource.Mutation }>;

export type Heard = {
  /** The whole page, masked. */
  picture(page: PageSnapshot): void;
  change(change: Change): void;
  /** Something that only a new picture can tell. */
  stale(): void;
};

export class Recorder {
  private readonly masking: Masking;
  private readonly sent = new Set<number>();
  private readonly styles = new Map<number, ReturnType<typeof setTimeout>>();
  private readonly ends: (() => void)[] = [];
  private inputs = 0;

  constructor(
    private readonly document: Document,
    private readonly rules: Rules,
    private readonly heard: Heard,
  ) {
    this.masking = new Masking(record.mirror, rules);
  }

  start(): void {
    this.listen("input", (target) => this.learn(target));
    this.listen("change", (target) => this.learn(target));
    const end = record({
      emit: (event) => this.event(event),
      maskAllInputs: true,
      // Never what was typed, and never the same twice: rrweb keeps to itself what it believes to be no news.
      maskInputFn: () => String(this.inputs++),
      blockSelector: BLOCKED,
      slimDOMOptions: "all",
      inlineStylesheet: true,
      recordCanvas: false,
      inlineImages: false,
      sampling: { mousemove: false, mouseInteraction: false, scroll: 50, input: "all" },
      // A mistake of ours or of rrweb's is not the shop's.
      errorHandler: () => true,
    });
    if (end) this.ends.push(end);
    this.listen("focusin", (target) => this.focus(target));
    this.listen("focusout", (target) => this.left(target));
  }

  /** A new picture; `heard.picture` is called before this returns. */
  again(): void {
    record.takeFullSnapshot(true);
  }

  stop(): void {
    for (const end of this.ends.splice(0)) end();
    for (const timer of this.styles.values()) clearTimeout(timer);
    this.styles.clear();
    this.sent.clear();
  }

  /** The element a number stands for, while it is shown. */
  element(id: number): Element | null {
    const node = this.sent.has(id) ? record.mirror.getNode(id) : null;
    return node instanceof Element && node.isConnected ? node : null;
  }

  private event(event: eventWithTime): void {
    if (event.type === EventType.FullSnapshot) this.whole(event.data.node as unknown as SnapshotNode);
    if (event.type !== EventType.IncrementalSnapshot) return;
    const { data } = event;
    switch (data.source) {
      case IncrementalSource.Mutation:
        return this.mutation(data);
      case IncrementalSource.Scroll:
        if (this.sent.has(data.id)) this.heard.change({ op: "scroll", id: data.id, x: data.x, y: data.y });
        return;
      case IncrementalSource.ViewportResize:
        return this.heard.change({ op: "size", width: data.width, height: data.height });
      case IncrementalSource.Input:
        return this.input(record.mirror.getNode(data.id));
      case IncrementalSource.StyleSheetRule:
      case IncrementalSource.StyleDeclaration:
        return data.id !== undefined && data.id >= 0
          ? this.style(data.id)
          : this.sheets(record.mirror.getId(this.document));
      case IncrementalSource.AdoptedStyleSheet:
        return this.sheets(data.id);
    }
  }

  private whole(node: SnapshotNode): void {
    this.masking.learnSecrets(this.document);
    const page = masked(this.document, this.rules, this.masking, node);
    this.sent.clear();
    const walk = (one: SnapshotNode): void => {
      this.sent.add(one.id);
      for (const child of one.childNodes ?? []) walk(child);
    };
    if (page.snapshot) walk(page.snapshot);
    this.heard.picture(page);
  }

  private mutation({ removes, adds, texts, attributes }: Mutations): void {
    for (const { id } of removes) if (this.sent.delete(id)) this.heard.change({ op: "remove", id });
    for (const { node, parentId } of adds) this.add(node as unknown as SnapshotNode, parentId);
    for (const { id } of texts) this.text(record.mirror.getNode(id));
    for (const { id, attributes: changed } of attributes) {
      this.attributes(record.mirror.getNode(id), Object.keys(changed));
    }
  }

  private add(node: SnapshotNode, parent: number): void {
    const there = record.mirror.getNode(node.id);
    const around = there && parentElement(there);
    if (!there || !this.sent.has(parent) || (around && this.isVeiled(around))) return;
    // The text of a style sheet is told with its element, as the rules that it became.
    if (around?.localName === "style") return this.style(parent);
    const kept = there instanceof Text ? node : this.masking.node(node);
    if (!kept) return;
    const pieces = there instanceof Text ? this.told(there) : new Map<Text, string>();
    if (there instanceof Text) kept.textContent = pieces.get(there) ?? "";
    this.heard.change({
      op: "add",
      parent,
      next: this.nextOf(there),
      node: { ...kept, childNodes: [] },
      ...(there.parentNode instanceof ShadowRoot && { shadow: true }),
    });
    this.sent.add(node.id);
    if (there instanceof HTMLImageElement && !kept.attributes?.rr_dataURL) this.pictureLater(there);
    if (there instanceof Text) pieces.delete(there);
    this.tell(pieces);
  }

  /** What comes behind it at the agent's: siblings that are not shown do not count. */
  private nextOf(node: Node): number | null {
    for (let next = node.nextSibling; next; next = next.nextSibling) {
      const id = record.mirror.getId(next);
      if (this.sent.has(id)) return id;
    }
    return null;
  }

  private text(node: Node | null): void {
    const around = node && parentElement(node);
    if (!(node instanceof Text) || !around || this.isVeiled(around)) return;
    if (around.localName === "style") return this.style(record.mirror.getId(around));
    this.tell(this.told(node));
  }

  private told(text: Text): Map<Text, string> {
    const pieces = maskAround(text, this.rules.secrets);
    const editable = parentElement(text)?.closest("[contenteditable]");
    if (editable && isEditable(editable)) {
      for (const unfinished of unfinishedNumbers(text.data, true)) this.rules.secrets.learnForNow(unfinished);
      for (const [piece, told] of pieces) pieces.set(piece, this.rules.secrets.hide(maskTyped(told, true)));
    }
    return pieces;
  }

  private tell(pieces: Map<Text, string>): void {
    for (const [piece, value] of pieces) {
      const id = record.mirror.getId(piece);
      if (this.sent.has(id)) this.heard.change({ op: "text", id, value });
    }
  }

  private attributes(element: Node | null, names: string[]): void {
    if (!(element instanceof Element)) return;
    const id = record.mirror.getId(element);
    const around = parentElement(element);
    if (!this.sent.has(id) || (around && this.isVeiled(around))) return;
    if (names.includes(SHOW_ATTRIBUTE)) this.heard.stale();
    if (this.hidesNow(element)) return;
    if (names.includes(PRIVATE_ATTRIBUTE)) this.heard.stale();
    const attributes: Record<string, string | null> = {};
    for (const name of names) {
      const value = this.masking.attribute(element, name);
      if (value !== undefined) attributes[name] = value;
    }
    if (Object.keys(attributes).length) this.heard.change({ op: "attributes", id, attributes });
    if (element instanceof HTMLImageElement && names.includes("src")) this.pictureLater(element);
    if (isFormField(element) && names.includes("value")) this.input(element);
  }

  private input(field: Node | null): void {
    if (!(field instanceof Element) || !isFormField(field)) return;
    const id = record.mirror.getId(field);
    const around = parentElement(field);
    if (!this.sent.has(id) || (around && this.isVeiled(around))) return;
    this.learn(field);
    if (/^\d{1,6}$/.test(field.value)) for (const beside of partsBeside(field)) this.hidesNow(beside);
    if (this.hidesNow(field)) return;
    const type = typeOf(field);
    if (field instanceof HTMLSelectElement) {
      const chosen = [...field.options].flatMap((option, place) => (option.selected ? [place] : []));
      this.heard.change({ op: "field", id, chosen });
    } else if (type === "checkbox" || type === "radio") {
      this.heard.change({ op: "field", id, checked: (field as HTMLInputElement).checked });
    } else if (type !== "file" && type !== "hidden") {
      this.heard.change({ op: "field", id, value: this.masking.typed(field) });
    }
  }

  /** Whether it is hidden, now or since the last picture; says so when it became so. */
  private hidesNow(element: Element): boolean {
    const id = record.mirror.getId(element);
    const kind = this.masking.hides(element);
    if (this.masking.wasHidden(element)) return true;
    if (!kind || !this.sent.has(id)) return kind !== null;
    this.masking.markHidden(element);
    this.heard.change({ op: "hide", id, kind });
    return true;
  }

  private isVeiled(element: Element): boolean {
    const veil = this.masking.veil(element);
    if (veil) this.hidesNow(veil);
    for (let at: Element | null = element; at; at = parentElement(at))
      if (this.masking.wasHidden(at)) return true;
    return veil !== null;
  }

  /** What goes into a hidden field is remembered before any other part of the page can repeat it. */
  private learn(target: Element): void {
    const field = isFormField(target) ? target : target.closest("[contenteditable]");
    if (!field || field instanceof HTMLSelectElement) return;
    if (isSensitive(field, this.rules.passwords)) return this.rules.secrets.learn(textOf(field));
    for (const number of isFocused(field) ? unfinishedNumbers(textOf(field), true) : []) {
      this.rules.secrets.learnForNow(number);
    }
  }

  private focus(target: Element): void {
    const id = record.mirror.getId(target);
    const around = parentElement(target);
    const seen = this.sent.has(id) && !(around && this.isVeiled(around));
    this.heard.change({ op: "focus", id: seen ? id : null });
  }

  /** What was held back while it was typed is told when they have gone on, or never. */
  private left(target: Element): void {
    this.heard.change({ op: "focus", id: null });
    if (!isFormField(target)) return;
    setTimeout(() => {
      if (!this.ends.length) return;
      this.rules.secrets.forgetForNow();
      for (const unfinished of unfinishedNumbers(target.value, false)) this.rules.secrets.learn(unfinished);
      this.input(target);
    }, 0);
  }

  /** A style sheet whose rules a script changed: told whole, but not at every rule. */
  private style(id: number): void {
    if (!this.sent.has(id) || this.styles.has(id)) return;
    this.styles.set(
      id,
      setTimeout(() => {
        this.styles.delete(id);
        const element = record.mirror.getNode(id);
        if (element instanceof HTMLStyleElement && element.isConnected && element.sheet) {
          this.heard.change({ op: "style", id, value: rulesOf(element.sheet) });
        }
      }, STYLE_EVERY),
    );
  }

  private sheets(id: number): void {
    const host = record.mirror.getNode(id);
    const root = host instanceof Element ? host.shadowRoot : host instanceof Document ? host : null;
    if (!root || !this.sent.has(id) || (host instanceof Element && this.isVeiled(host))) return;
    this.heard.change({ op: "sheets", id, sheets: root.adoptedStyleSheets.map(rulesOf) });
  }

  private pictureLater(image: HTMLImageElement): void {
    const tell = () => {
      const id = record.mirror.getId(image);
      const around = parentElement(image);
      if (!this.sent.has(id) || (around && this.isVeiled(around))) return;
      const data = pictureOf(image) ?? "";
      const small = data.length > LARGEST_PICTURE ? smallImageData(image, LARGEST_PICTURE) : data;
      if (small) this.heard.change({ op: "attributes", id, attributes: { rr_dataURL: small } });
    };
    if (image.complete && image.naturalWidth) tell();
    else image.addEventListener("load", tell, { once: true });
  }

  private listen(event: string, deed: (target: Element) => void): void {
    const heard = (one: Event): void => {
      const target = one.composedPath()[0];
      if (target instanceof Element) deed(target);
    };
    this.document.addEventListener(event, heard, { capture: true, passive: true });
    this.ends.push(() => this.document.removeEventListener(event, heard, { capture: true }));
  }
}

function parentElement(node: Node): Element | null {
  if (node.parentElement) return node.parentElement;
  return node.parentNode instanceof ShadowRoot ? node.parentNode.host : null;
}

function rulesOf(sheet: CSSStyleSheet): string {
  try {
    return [...sheet.cssRules].map((rule) => rule.cssText).join("\n");
  } catch {
    return "";
  }
}
