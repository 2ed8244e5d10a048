// A customer's page is a stranger's page. Before it is drawn, everything that could run, load or lead away is taken out.
// The frame's sandbox and its Content-Security-Policy stand behind this and forbid the same once more.
import type { SnapshotNode } from "../shared/types";

const DEEPEST = 400;
const MOST_NODES = 60_000;

const DROPPED = new Set(
  (
    "script noscript template iframe frame frameset noframes object embed applet param portal fencedframe base meta " +
    "animate animatemotion animatetransform set mpath handler listener source track"
  ).split(" "),
);
const LEADING_AWAY = new Set(
  (
    "src srcset srcdoc href xlink:href xml:base action formaction ping poster background cite longdesc data profile manifest " +
    "codebase classid archive usemap lowsrc dynsrc imagesrcset icon code object target download http-equiv content is " +
    "autofocus autoplay contenteditable accesskey popover popovertarget command commandfor nonce integrity sandbox csp"
  ).split(" "),
);
const NAME = /^[a-zA-Z_][\w.:-]*$/;
const PICTURE = /^data:image\/(png|jpe?g|gif|webp|avif|bmp|svg\+xml)[;,]/i;
const EMBEDDED = /^(#|data:(image|font|application\/(x-)?font)[/\-;+,\w])/i;

export function sanitize(root: SnapshotNode): SnapshotNode | null {
  let nodes = 0;
  const clean = (node: SnapshotNode, depth: number): SnapshotNode | null => {
    nodes += 1;
    if (depth > DEEPEST || nodes > MOST_NODES || typeof node !== "object" || node === null) return null;
    const children = () =>
      (Array.isArray(node.childNodes) ? node.childNodes : [])
        .map((child) => clean(child, depth + 1))
        .filter((child) => child !== null);
    switch (node.type) {
      case 0:
        return { type: 0, id: node.id, childNodes: children() };
      case 2: {
        const tag = String(node.tagName ?? "").toLowerCase();
        if (!/^[a-z][a-z0-9-]*$/.test(tag) || DROPPED.has(tag)) return null;
        const attributes = cleanAttributes(tag, node.attributes ?? {});
        if (tag === "link" || tag === "style") return style(node, attributes);
        const kept: SnapshotNode = { type: 2, id: node.id, tagName: tag, attributes, childNodes: children() };
        if (node.isSVG) kept.isSVG = true;
        if (node.isShadow) kept.isShadow = true;
        return kept;
      }
      case 3:
      case 4: {
        const text: SnapshotNode = { type: 3, id: node.id, textContent: String(node.textContent ?? "") };
        if (node.isShadow) text.isShadow = true;
        return text;
      }
      default:
        return null;
    }
  };
  return clean(root, 0);
}

/** Any style sheet, linked or inline, becomes a `style` element with the cleaned text. */
function style(node: SnapshotNode, attributes: Record<string, string>): SnapshotNode | null {
  const own = node.attributes?._cssText;
  const inner = (node.childNodes ?? []).map((child) => child.textContent ?? "").join("");
  const text = typeof own === "string" ? own : node.tagName === "style" ? inner : "";
  // An empty style sheet may get its rules later, from a script.
  if (!text && node.tagName !== "style") return null;
  const kept: SnapshotNode = {
    type: 2,
    id: node.id,
    tagName: "style",
    attributes: attributes.media ? { media: attributes.media } : {},
    childNodes: [{ type: 3, id: node.id, textContent: cleanCss(text) }],
  };
  if (node.isShadow) kept.isShadow = true;
  return kept;
}

export function cleanAttributes(
  tag: string,
  from: NonNullable<SnapshotNode["attributes"]>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, raw] of Object.entries(from)) {
    const lower = name.toLowerCase();
    const value = raw === true ? "" : String(raw ?? "");
    if (raw === false || raw === null || !NAME.test(name) || lower.startsWith("on") || lower === "_csstext")
      continue;
    if (lower === "rr_dataurl") {
      if (PICTURE.test(value)) kept.rr_dataURL = value;
    } else if (lower === "src" && tag === "img") {
      if (PICTURE.test(value)) kept.src = value;
    } else if ((lower === "href" || lower === "xlink:href") && tag === "use") {
      if (value.startsWith("#")) kept.href = value;
    } else if (LEADING_AWAY.has(lower) || isScheme(value)) {
      // Left out: it runs, loads or leads away.
    } else
      kept[name] = lower === "value" || lower === "placeholder" || lower === "alt" ? value : cleanCss(value);
  }
  return kept;
}

function isScheme(value: string): boolean {
  const plain = [...value].filter((letter) => letter > " ").join("");
  return /^(javascript|vbscript|livescript|data|file|blob):/i.test(plain);
}

/** Style text in which nothing is fetched: no imports, and only embedded pictures and fonts. */
export function cleanCss(text: string): string {
  if (!/[\\@(]/.test(text)) return text;
  return text
    .replace(/\\([0-9a-f]{1,6})\s?/gi, (whole, hex: string) => {
      const letter = String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff));
      return /[a-z(@]/i.test(letter) ? letter : whole;
    })
    .replace(/\\([g-z(@])/gi, "$1")
    .replace(/@(import|namespace)\b[^;]*(;|$)/gi, "")
    .replace(/\burl\(\s*("[^"]*("|$)|'[^']*('|$)|[^)]*)\s*(\)|$)/gi, (whole, inner: string) =>
      EMBEDDED.test(inner.replace(/^["'\s]+/, "")) ? whole : "none",
    )
    .replace(/\b(-webkit-)?(image-set|cross-fade|src|expression)\([^()]*(\([^()]*\)[^()]*)*(\)|$)/gi, "none");
}
