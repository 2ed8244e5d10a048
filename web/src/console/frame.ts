// Draws a cleaned page into the frame's document, node by node. Nothing is parsed, so nothing can slip through a parser.
import { HIDDEN_ATTRIBUTE } from "../shared/constants";
import type { SnapshotNode } from "../shared/types";

const SVG = "http://www.w3.org/2000/svg";
const CAMEL = new Map(
  (
    "linearGradient radialGradient clipPath foreignObject textPath feBlend feColorMatrix feComponentTransfer feComposite " +
    "feConvolveMatrix feDiffuseLighting feDisplacementMap feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR " +
    "feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile " +
    "feTurbulence"
  )
    .split(" ")
    .map((name) => [name.toLowerCase(), name]),
);
/** Where the customer's cursor stands. */
export const FOCUS_ATTRIBUTE = "data-ctiapp-focus";
const EYE_OFF =
  "data:image/svg+xml," +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="#2b2a27" stroke-width="1.4" stroke-linecap="round"><path d="M2 2l12 12M6.3 4A6.6 6.6 0 0 1 8 3.8C12 3.8 14.5 8 14.5 8a11 11 0 0 1-1.7 2.1M10 11.9A6.5 6.5 0 0 1 8 12.2C4 12.2 1.5 8 1.5 8a11.3 11.3 0 0 1 2.4-2.7"/></svg>',
  );
const HATCHED = `
[${HIDDEN_ATTRIBUTE}] {
  background: url("${EYE_OFF}") 8px center / 16px no-repeat, repeating-linear-gradient(135deg, #e4e0d8 0 6px, #d6d1c6 6px 12px) !important;
  color: #2b2a27 !important; -webkit-text-fill-color: #2b2a27 !important; border: 1px solid #a09a8c !important; padding-left: 30px !important;
  font-weight: 650 !important; -webkit-text-security: none !important; min-height: 24px; box-sizing: border-box;
}
[${HIDDEN_ATTRIBUTE}="choice"] { appearance: none; padding: 0 !important; min-height: 16px; width: 16px; height: 16px; }
[${FOCUS_ATTRIBUTE}] { outline: 3px solid #0b57d0 !important; outline-offset: 2px !important; }
[${HIDDEN_ATTRIBUTE}="text"] { display: inline-block; padding-right: 8px !important; min-width: 96px; }
html { cursor: default; }
`;

/** Blank: no customer's page, no trace of the last one. */
export function clear(document: Document): void {
  const blank = document.createElement("html");
  blank.append(document.createElement("head"), document.createElement("body"));
  if (document.documentElement) document.replaceChild(blank, document.documentElement);
  else document.append(blank);
}

/** Which node was drawn for which of the picture's ids. */
export type Nodes = Map<number, Node>;

/** Puts the cleaned page there, at the place to which the customer had scrolled. */
export function draw(document: Document, root: SnapshotNode, hiddenWord: string): Nodes {
  clear(document);
  const nodes: Nodes = new Map([[root.id, document]]);
  const html = root.childNodes?.find((node) => node.tagName === "html");
  if (!html) return nodes;
  const later: (() => void)[] = [];
  const element = build(document, html, hiddenWord, nodes, later);
  const hatched = document.createElement("style");
  hatched.textContent = HATCHED;
  document.replaceChild(element, document.documentElement);
  (document.head ?? document.documentElement).append(hatched);
  for (const finish of later) finish();
  return nodes;
}

/** A cleaned node with all below it; what is done once it is in the document goes to `later`. */
export function build(
  document: Document,
  node: SnapshotNode,
  hiddenWord: string,
  nodes: Nodes,
  later: (() => void)[],
): Element | Text {
  const built =
    node.type === 3 ? document.createTextNode(node.textContent ?? "") : emptyElement(document, node);
  // The text of a style sheet has the number of its element.
  if (!nodes.has(node.id)) nodes.set(node.id, built);
  if (node.type === 3) return built;
  const element = built as Element;
  const attributes = (node.attributes ?? {}) as Record<string, string>;
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "rr_dataURL") element.setAttribute("src", value);
    else if (name === "rr_scrollTop") later.push(() => element.scrollTo({ top: Number(value) }));
    else if (name === "rr_scrollLeft") later.push(() => element.scrollTo({ left: Number(value) }));
    else if (!name.startsWith("rr_")) put(element, name, value);
  }
  for (const child of node.childNodes ?? []) {
    const built = build(document, child, hiddenWord, nodes, later);
    if (child.isShadow) (element.shadowRoot ?? shadow(element))?.append(built);
    else element.append(built);
  }
  fields(element, attributes, hiddenWord);
  return element;
}

function emptyElement(document: Document, node: SnapshotNode): Element {
  const tag = node.tagName === "canvas" && node.attributes?.rr_dataURL ? "img" : (node.tagName ?? "div");
  return node.isSVG ? document.createElementNS(SVG, CAMEL.get(tag) ?? tag) : document.createElement(tag);
}

export function put(element: Element, name: string, value: string): void {
  try {
    element.setAttribute(name, value);
  } catch {
    // A name that is no name: left out.
  }
}

export function shadow(element: Element): ShadowRoot | null {
  try {
    return element.attachShadow({ mode: "open" });
  } catch {
    return null;
  }
}

/** Fields show what was typed, and take nothing. */
export function fields(element: Element, attributes: Record<string, string>, hiddenWord: string): void {
  const hidden = HIDDEN_ATTRIBUTE in attributes;
  const tag = element.localName;
  if (tag === "input" || tag === "textarea") {
    element.setAttribute("readonly", "");
    const field = element as HTMLInputElement;
    if (hidden) field.value = hiddenWord;
    else if (attributes.value !== undefined) field.value = attributes.value;
  } else if (tag === "select" && hidden) {
    const option = element.ownerDocument.createElement("option");
    option.textContent = hiddenWord;
    element.replaceChildren(option);
  } else if (hidden) element.textContent = hiddenWord;
  if (["input", "textarea", "select", "button", "a"].includes(tag)) element.setAttribute("tabindex", "-1");
}
