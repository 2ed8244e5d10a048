// The customer's page as the agent may see it: taken with rrweb-snapshot, every secret masked before it leaves here.
import { createMirror, snapshot } from "rrweb-snapshot";
import { HIDDEN_ATTRIBUTE, HIDDEN_VALUE } from "../shared/constants";
import type { PageSnapshot, SnapshotNode } from "../shared/types";
import { canvasData, imageData } from "./images";
import { BREAK, findNumbers, maskNumbers, passesLuhn } from "./numbers";
import type { PasswordMemory } from "./remember";
import { isEditable, isFormField, isPrivate, isSensitive, textOf, typeOf } from "./sensitive";

export const LARGEST_BYTES = 2_000_000;

const DROPPED = new Set([
  "script",
  "noscript",
  "template",
  "base",
  "object",
  "embed",
  "iframe",
  "frame",
  "portal",
]);
const KEPT_ON_HIDDEN = ["class", "id", "name", "style", "placeholder", "aria-label", "rows", "cols", "size"];
const INLINE = new Set(
  "a abbr b bdi bdo cite code em font i kbd mark q s samp small span strong sub sup u var wbr".split(" "),
);
const SECRET_PARAMETER = /(token|session|sid|auth|key|secret|pass|pwd|code|signature|sig|jwt|card|cvc|iban)/i;
const URL_ATTRIBUTES = new Set([
  "href",
  "src",
  "action",
  "formaction",
  "srcset",
  "poster",
  "cite",
  "data",
  "ping",
  "background",
]);

/** The page's address, title and content. `share` false: address and title only. */
export function takePage(document: Document, passwords: PasswordMemory, share: boolean): PageSnapshot {
  const secrets = share ? typedSecrets(document, passwords) : [];
  const page: PageSnapshot = {
    url: cleanText(cleanUrl(document.location.href), secrets).slice(0, 2000),
    title: cleanText(document.title, secrets).slice(0, 300),
    taken_at: new Date().toISOString(),
    viewport: {
      width: document.defaultView?.innerWidth ?? 1280,
      height: document.defaultView?.innerHeight ?? 800,
    },
    hidden_fields: 0,
    snapshot: null,
  };
  if (!share) return page;
  const taken = new Masking(document, passwords, secrets).run();
  page.hidden_fields = taken.hidden;
  page.snapshot = fitting(taken.root);
  return page;
}

/** The snapshot if it is small enough, else without pictures, else nothing. */
export function fitting(root: SnapshotNode | null, largest = LARGEST_BYTES): SnapshotNode | null {
  if (!root || bytes(root) <= largest) return root;
  dropPictures(root);
  return bytes(root) <= largest ? root : null;
}

/** The address without a login in it, and without the values of parameters that look like secrets. */
export function cleanUrl(address: string): string {
  try {
    const url = new URL(address);
    url.username = "";
    url.password = "";
    for (const name of [...url.searchParams.keys()]) {
      if (SECRET_PARAMETER.test(name)) url.searchParams.set(name, "hidden");
    }
    if (/[=&]/.test(url.hash) && SECRET_PARAMETER.test(url.hash)) url.hash = "";
    return url.href;
  } catch {
    return "";
  }
}

class Masking {
  private readonly mirror = createMirror();
  private hidden = 0;

  constructor(
    private readonly document: Document,
    private readonly passwords: PasswordMemory,
    private readonly secrets: string[],
  ) {}

  run(): { root: SnapshotNode | null; hidden: number } {
    const taken = snapshot(this.document, {
      mirror: this.mirror,
      inlineStylesheet: true,
      inlineImages: false,
      recordCanvas: false,
      slimDOM: "all",
      maskAllInputs: true,
      blockSelector: "ctiapp-button, ctiapp-panel",
    });
    const root = taken ? this.node(JSON.parse(JSON.stringify(taken)) as SnapshotNode) : null;
    if (root) maskText(root, this.secrets);
    return { root, hidden: this.hidden };
  }

  private node(node: SnapshotNode): SnapshotNode | null {
    if (node.type === 5) return null;
    if (node.type !== 2) return this.withChildren(node);
    const tag = node.tagName ?? "";
    const element = this.mirror.getNode(node.id);
    if (!(element instanceof Element) || DROPPED.has(tag) || tag.startsWith("ctiapp-")) return null;
    if (tag === "meta") return node.attributes?.charset ? node : null;
    if (tag === "link") return asStyle(node);
    if (isFormField(element)) return this.field(node, element);
    if (isPrivate(element) || (isEditable(element) && isSensitive(element, this.passwords))) {
      return this.hide(node, "text");
    }
    this.attributes(node);
    if (tag === "img") this.picture(node, imageData(element as HTMLImageElement));
    if (tag === "canvas") this.picture(node, canvasData(element as HTMLCanvasElement));
    return this.withChildren(node);
  }

  private withChildren(node: SnapshotNode): SnapshotNode {
    if (node.childNodes) {
      node.childNodes = node.childNodes.map((child) => this.node(child)).filter((child) => child !== null);
    }
    return node;
  }

  private field(
    node: SnapshotNode,
    element: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement,
  ): SnapshotNode | null {
    const type = typeOf(element);
    if (type === "hidden") return null;
    if (isSensitive(element, this.passwords) || isPartOfNumber(element)) return this.hide(node, "field");
    this.attributes(node);
    const attributes = node.attributes ?? {};
    node.attributes = attributes;
    delete attributes.value;
    delete attributes.checked;
    if (type === "checkbox" || type === "radio") {
      if ((element as HTMLInputElement).checked) attributes.checked = true;
    } else if (type !== "file" && type !== "image" && node.tagName !== "select") {
      attributes.value = cleanText(element.value, this.secrets);
    }
    if (node.tagName === "textarea") node.childNodes = [];
    this.withChildren(node);
    if (node.tagName === "select") this.choices(node);
    return node;
  }

  private choices(node: SnapshotNode): void {
    for (const child of node.childNodes ?? []) {
      if (child.tagName === "option") {
        const option = this.mirror.getNode(child.id);
        if (option instanceof HTMLOptionElement && option.selected)
          child.attributes = { ...child.attributes, selected: true };
        else delete child.attributes?.selected;
      } else this.choices(child);
    }
  }

  /** Keeps the place and the look of a field or region, and nothing of what it holds. */
  private hide(node: SnapshotNode, kind: "field" | "text"): SnapshotNode {
    this.hidden += 1;
    const kept: SnapshotNode["attributes"] = {};
    for (const name of kind === "field" ? KEPT_ON_HIDDEN : ["class", "style"]) {
      const value = node.attributes?.[name];
      if (typeof value === "string") kept[name] = cleanText(value, this.secrets);
    }
    kept[HIDDEN_ATTRIBUTE] = kind;
    if (kind === "field") {
      kept.value = HIDDEN_VALUE;
      if (node.tagName === "input") kept.type = "text";
      node.childNodes = [];
    } else {
      node.childNodes = [{ type: 3, id: -node.id, textContent: HIDDEN_VALUE }];
    }
    node.attributes = kept;
    return node;
  }

  private attributes(node: SnapshotNode): void {
    for (const [name, value] of Object.entries(node.attributes ?? {})) {
      if (!node.attributes) continue;
      if (/^on/i.test(name)) delete node.attributes[name];
      else if (typeof value !== "string" || name === "_cssText") continue;
      else if (/^(src|srcset)$/i.test(name) && node.tagName === "img") delete node.attributes[name];
      else
        node.attributes[name] = cleanText(
          URL_ATTRIBUTES.has(name.toLowerCase()) ? cleanUrlOrHash(value) : value,
          this.secrets,
        );
    }
  }

  private picture(node: SnapshotNode, data: string | null): void {
    if (data) node.attributes = { ...node.attributes, rr_dataURL: data };
  }
}

/** What was typed into hidden fields, so that it is not shown by another part of the page that repeats it. */
function typedSecrets(document: Document, passwords: PasswordMemory): string[] {
  const found = new Set<string>();
  for (const field of everyElement(document)) {
    if (!isFormField(field) && !isEditable(field)) continue;
    if (field instanceof HTMLSelectElement || !isSensitive(field, passwords)) continue;
    const value = textOf(field).trim();
    if (value.length < 5) continue;
    for (const form of [value, value.replace(/[\s-]/g, ""), encodeURIComponent(value)]) found.add(form);
  }
  return [...found].sort((a, b) => b.length - a.length);
}

function* everyElement(root: Document | ShadowRoot | Element): Generator<Element> {
  for (const element of root.querySelectorAll("*")) {
    yield element;
    if (element.shadowRoot) yield* everyElement(element.shadowRoot);
  }
}

/** One of several short boxes that together hold a card number. */
function isPartOfNumber(element: Element): boolean {
  if (!(element instanceof HTMLInputElement) || !/^\d{1,6}$/.test(element.value)) return false;
  const around = element.form ?? element.ownerDocument;
  const fields = [...around.querySelectorAll("input")].filter((field) => typeOf(field) !== "hidden");
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

/** Masks numbers in running text, also when the page splits one over several elements. */
function maskText(root: SnapshotNode, secrets: string[]): void {
  const pieces: { node: SnapshotNode; from: number }[] = [];
  let all = "";
  const walk = (node: SnapshotNode): void => {
    if (node.type === 3 || node.type === 4) {
      pieces.push({ node, from: all.length });
      all += node.textContent ?? "";
      return;
    }
    if (node.tagName === "style") return;
    const apart = node.type === 2 && !INLINE.has(node.tagName ?? "");
    if (apart) all += BREAK;
    for (const child of node.childNodes ?? []) walk(child);
    if (apart) all += BREAK;
  };
  walk(root);
  const ranges = findNumbers(all);
  for (const { node, from } of pieces) {
    const text = node.textContent ?? "";
    const to = from + text.length;
    let out = "";
    let at = from;
    for (const range of ranges) {
      if (range.to <= from || range.from >= to) continue;
      out += all.slice(at, Math.max(at, range.from));
      if (range.from >= from) out += HIDDEN_VALUE;
      at = Math.min(to, range.to);
    }
    node.textContent = withoutSecrets(out + all.slice(at, to), secrets);
  }
}

function cleanText(text: string, secrets: string[]): string {
  return withoutSecrets(maskNumbers(text), secrets);
}

function withoutSecrets(text: string, secrets: string[]): string {
  let out = text;
  for (const secret of secrets) if (out.includes(secret)) out = out.split(secret).join(HIDDEN_VALUE);
  return out;
}

function cleanUrlOrHash(value: string): string {
  return value.startsWith("#") ? value : cleanUrl(value);
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

function dropPictures(node: SnapshotNode): void {
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    if (typeof value !== "string" || !node.attributes) continue;
    if (name === "rr_dataURL") delete node.attributes[name];
    else if (value.includes("data:"))
      node.attributes[name] = value.replace(/url\((["']?)data:[^)]*\)/g, "none");
  }
  for (const child of node.childNodes ?? []) dropPictures(child);
}

function bytes(root: SnapshotNode): number {
  return new TextEncoder().encode(JSON.stringify(root)).length;
}
