// What of a page leaves the customer's browser: each node as rrweb took it, looked at beside the element it was taken of.
import { HIDDEN_ATTRIBUTE, HIDDEN_VALUE, PRIVATE_ATTRIBUTE } from "../shared/constants";
import type { SnapshotNode } from "../shared/types";
import { cleanUrlOrHash, URL_ATTRIBUTES } from "./addresses";
import { type Allowed, parentOf } from "./allowed";
import { canvasData, imageData } from "./images";
import { maskNumbers, maskTyped, passesLuhn } from "./numbers";
import type { PasswordMemory } from "./remember";
import type { Secrets } from "./secrets";
import { holdsTyping, isEditable, isFormField, isPrivate, isSensitive, textOf, typeOf } from "./sensitive";
import { maskTree } from "./text";

export type Rules = { passwords: PasswordMemory; allowed: Allowed; secrets: Secrets };
/** rrweb's mirror: which number stands for which node. */
export type Nodes = { getNode(id: number): Node | null; getId(node: Node | null): number };
/** What is drawn in place of something hidden: a field, a region, a box to tick. */
export type HiddenKind = "field" | "text" | "choice";
type Attributes = NonNullable<SnapshotNode["attributes"]>;
type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const DROPPED = new Set(
  "script noscript template base object embed iframe frame frameset portal fencedframe".split(" "),
);
const KEPT_ON_HIDDEN = new Set([
  "class",
  "id",
  "name",
  "style",
  "placeholder",
  "aria-label",
  "rows",
  "cols",
  "size",
]);
const VALUES = new Set(["value", "data-value", "aria-valuenow", "aria-valuetext"]);
/** Elements whose value the shop wrote, and not the customer. */
const SHOPS_VALUES = new Set(["option", "li", "button", "meter", "progress", "data", "param"]);

export class Masking {
  private readonly hiddenNow = new Set<Element>();

  constructor(
    private readonly nodes: Nodes,
    readonly rules: Rules,
  ) {}

  /** How many fields and regions are hidden. */
  get hidden(): number {
    return this.hiddenNow.size;
  }

  /** A whole document; numbers are found also where the page splits them over several elements. */
  page(root: SnapshotNode): SnapshotNode | null {
    this.hiddenNow.clear();
    const kept = this.node(root);
    if (kept) maskTree(kept, this.rules.secrets);
    return kept;
  }

  /** One node and what hangs on it; null if it is not shown at all. Its parent is one that is shown. */
  node(node: SnapshotNode): SnapshotNode | null {
    if (node.type === 5) return null;
    if (node.type !== 2) return this.withChildren(node);
    const tag = node.tagName ?? "";
    const element = this.nodes.getNode(node.id);
    if (!(element instanceof Element) || isDropped(tag)) return null;
    if (tag === "meta") return node.attributes?.charset ? node : null;
    if (tag === "link") return asStyle(node);
    if (isFormField(element) && typeOf(element) === "hidden") return null;
    const kind = this.hides(element);
    if (kind) return this.hide(node, element, kind);
    this.attributes(node, element);
    if (isFormField(element)) this.field(node, element);
    if (tag === "img") picture(node, pictureOf(element as HTMLImageElement));
    if (tag === "canvas") picture(node, canvasData(element as HTMLCanvasElement));
    return this.withChildren(node);
  }

  /** Whether, and as what, this element is hidden with all it holds. What lies around it is not looked at. */
  hides(element: Element): HiddenKind | null {
    if (isFormField(element)) {
      if (!holdsTyping(element)) return isPrivate(element) ? "field" : null;
      if (this.isShown(element) && !isPartOfNumber(element)) return null;
      return ["checkbox", "radio"].includes(typeOf(element)) ? "choice" : "field";
    }
    if (isPrivate(element)) return "text";
    if (isEditable(element)) return this.isShown(element) ? null : "text";
    return element.localName === "canvas" && !this.rules.allowed.has(element) ? "text" : null;
  }

  /** The element, this one or one around it, whose content is not told; null if there is none. */
  veil(element: Element): Element | null {
    for (let at: Element | null = element; at; at = parentOf(at)) {
      if (at.hasAttribute(PRIVATE_ATTRIBUTE) || isDropped(at.localName)) return at;
      if (at instanceof HTMLTextAreaElement) return at;
      const mayHide = at instanceof HTMLSelectElement || at instanceof HTMLCanvasElement || isEditable(at);
      if (mayHide && this.hides(at)) return at;
    }
    return null;
  }

  wasHidden(element: Element): boolean {
    return this.hiddenNow.has(element);
  }

  markHidden(element: Element): void {
    this.hiddenNow.add(element);
  }

  /** An attribute as it is now. Undefined: it is not told; null: it is gone. */
  attribute(element: Element, name: string): string | null | undefined {
    const lower = name.toLowerCase();
    if (this.wasHidden(element) && !KEPT_ON_HIDDEN.has(lower)) return undefined;
    if (!this.tells(element, lower) || URL_ATTRIBUTES.has(lower) || lower === "srcset") return undefined;
    const value = element.getAttribute(name);
    return value === null ? null : cleanText(value, this.rules.secrets);
  }

  /** What an allowed field holds, as far as it may be told. */
  typed(field: Field): string {
    return this.rules.secrets.hide(maskTyped(field.value, isFocused(field)));
  }

  /** Remembers what hidden fields hold, so that it is not shown by another part of the page that repeats it. */
  learnSecrets(root: Document | ShadowRoot): void {
    for (const element of everyElement(root)) {
      if (!isFormField(element) && !isEditable(element)) continue;
      if (!(element instanceof HTMLSelectElement) && isSensitive(element, this.rules.passwords)) {
        this.rules.secrets.learn(textOf(element));
      }
    }
  }

  private isShown(element: Element): boolean {
    return this.rules.allowed.has(element) && !isSensitive(element, this.rules.passwords);
  }

  private withChildren(node: SnapshotNode): SnapshotNode {
    if (node.childNodes) {
      node.childNodes = node.childNodes.map((child) => this.node(child)).filter((child) => child !== null);
    }
    return node;
  }

  private field(node: SnapshotNode, element: Field): void {
    const type = typeOf(element);
    const attributes = node.attributes ?? {};
    node.attributes = attributes;
    delete attributes.value;
    delete attributes.checked;
    if (type === "checkbox" || type === "radio") {
      if ((element as HTMLInputElement).checked) attributes.checked = true;
    } else if (!holdsTyping(element)) attributes.value = cleanText(element.value, this.rules.secrets);
    else if (type !== "file" && node.tagName !== "select") attributes.value = this.typed(element);
    if (node.tagName === "textarea") node.childNodes = [];
    if (node.tagName === "select") this.choices(node);
  }

  private choices(node: SnapshotNode): void {
    for (const child of node.childNodes ?? []) {
      if (child.tagName === "option") {
        const option = this.nodes.getNode(child.id);
        if (option instanceof HTMLOptionElement && option.selected)
          child.attributes = { ...child.attributes, selected: true };
        else delete child.attributes?.selected;
      } else this.choices(child);
    }
  }

  /** Keeps the place and the look of a field or region, and nothing of what it holds. */
  private hide(node: SnapshotNode, element: Element, kind: HiddenKind): SnapshotNode {
    this.hiddenNow.add(element);
    const kept: Attributes = {};
    for (const [name, value] of Object.entries(node.attributes ?? {})) {
      const looks = name === "class" || name === "style";
      if (typeof value === "string" && (kind === "text" ? looks : KEPT_ON_HIDDEN.has(name))) {
        kept[name] = cleanText(value, this.rules.secrets);
      }
    }
    kept[HIDDEN_ATTRIBUTE] = kind;
    node.childNodes = [];
    if (kind === "field") {
      kept.value = HIDDEN_VALUE;
      if (node.tagName === "input") kept.type = "text";
    } else if (kind === "choice") kept.type = typeOf(element);
    else {
      node.tagName = node.tagName === "canvas" ? "div" : (node.tagName ?? "div");
      node.childNodes = [{ type: 3, id: -node.id, textContent: HIDDEN_VALUE }];
    }
    node.attributes = kept;
    return node;
  }

  private attributes(node: SnapshotNode, element: Element): void {
    const attributes = node.attributes ?? {};
    for (const [name, value] of Object.entries(attributes)) {
      const lower = name.toLowerCase();
      if (lower.startsWith("on") || (VALUES.has(lower) && !this.tells(element, lower)))
        delete attributes[name];
      else if (typeof value !== "string" || name === "_cssText") continue;
      else if (/^(src|srcset)$/.test(lower) && node.tagName === "img") delete attributes[name];
      else {
        const plain = URL_ATTRIBUTES.has(lower) ? cleanUrlOrHash(value) : value;
        attributes[name] = cleanText(plain, this.rules.secrets);
      }
    }
  }

  private tells(element: Element, lower: string): boolean {
    if (lower.startsWith("on")) return false;
    if (isFormField(element) && ["value", "checked", "selected"].includes(lower)) return false;
    return !VALUES.has(lower) || SHOPS_VALUES.has(element.localName) || this.rules.allowed.has(element);
  }
}

export function cleanText(text: string, secrets: Secrets): string {
  return secrets.hide(maskNumbers(text));
}

/** The picture as it is shown; none of a file that the customer chose from their own computer. */
export function pictureOf(image: HTMLImageElement): string | null {
  return (image.currentSrc || image.src).startsWith("blob:") ? null : imageData(image);
}

/** Other fields of its form that, with this one, hold a card number, one part each. */
export function partsBeside(element: Element): HTMLInputElement[] {
  if (!(element instanceof HTMLInputElement)) return [];
  const around = element.form ?? element.ownerDocument;
  return [...around.querySelectorAll("input")].filter((field) => typeOf(field) !== "hidden");
}

function isDropped(tag: string): boolean {
  return DROPPED.has(tag) || tag.startsWith("ctiapp-");
}

export function isFocused(element: Element): boolean {
  const root = element.getRootNode();
  return (root instanceof Document || root instanceof ShadowRoot) && root.activeElement === element;
}

function* everyElement(root: Document | ShadowRoot): Generator<Element> {
  for (const element of root.querySelectorAll("*")) {
    yield element;
    if (element.shadowRoot) yield* everyElement(element.shadowRoot);
  }
}

/** One of several short boxes that together hold a card number. */
function isPartOfNumber(element: Element): boolean {
  if (!(element instanceof HTMLInputElement) || !/^\d{1,6}$/.test(element.value)) return false;
  const fields = partsBeside(element);
  const at = fields.indexOf(element);
  for (let first = Math.max(0, at - 5); first <= at; first += 1) {
    let digits = "";
    for (let last = first; last < Math.min(fields.length, first + 6); last += 1) {
      const value = fields[last]?.value ?? "";
      if (!/^\d{1,6}$/.test(value)) break;
      digits += value;
      if (last >= at && passesLuhn(digits)) return true;
    }
  }
  return false;
}

function picture(node: SnapshotNode, data: string | null): void {
  if (data) node.attributes = { ...node.attributes, rr_dataURL: data };
}

/** A linked style sheet that could be read becomes an inline one; any other link is left out. */
function asStyle(node: SnapshotNode): SnapshotNode | null {
  const { _cssText, media } = node.attributes ?? {};
  if (!_cssText) return null;
  return {
    type: 2,
    id: node.id,
    tagName: "style",
    attributes: media ? { _cssText, media } : { _cssText },
    childNodes: [],
  };
}
