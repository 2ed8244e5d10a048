// Numbers in running text, also where the page splits one over several elements.
import { HIDDEN_VALUE } from "../shared/constants";
import type { SnapshotNode } from "../shared/types";
import { BREAK, findNumbers, maskNumbers, type Range } from "./numbers";
import type { Secrets } from "./secrets";

const INLINE = new Set(
  "a abbr b bdi bdo cite code em font i kbd mark q s samp small span strong sub sup u var wbr".split(" "),
);
const LONGEST_AROUND = 20_000;

/** Masks the text of a whole tree, in place. */
export function maskTree(root: SnapshotNode, secrets: Secrets): void {
  const line = new Line<SnapshotNode>();
  const walk = (node: SnapshotNode): void => {
    if (node.type === 3 || node.type === 4) return line.add(node, node.textContent ?? "");
    if (node.tagName === "style") return;
    const apart = node.type === 2 && !INLINE.has(node.tagName ?? "");
    if (apart) line.breakHere();
    for (const child of node.childNodes ?? []) walk(child);
    if (apart) line.breakHere();
  };
  walk(root);
  for (const { piece, text } of line.masked()) piece.textContent = secrets.hide(text);
}

/** A text as it may be told, and those beside it that hold the rest of a number which it completes. */
export function maskAround(text: Text, secrets: Secrets): Map<Text, string> {
  const block = blockOf(text);
  if (!block || (block.textContent?.length ?? 0) > LONGEST_AROUND) {
    return new Map([[text, secrets.hide(maskNumbers(text.data))]]);
  }
  const line = new Line<Text>();
  const walk = (node: Node): void => {
    if (node instanceof Text) return line.add(node, node.data);
    const apart = node instanceof Element && !INLINE.has(node.localName);
    if (apart) line.breakHere();
    for (const child of node.childNodes) walk(child);
    if (apart) line.breakHere();
  };
  walk(block);
  const told = line.masked().filter(({ piece, text: now }) => piece === text || now !== piece.data);
  return new Map(told.map(({ piece, text: now }) => [piece, secrets.hide(now)]));
}

/** Pieces of text one behind the other, with breaks where a reader would see one. */
class Line<P> {
  private readonly pieces: { piece: P; from: number; text: string }[] = [];
  private all = "";

  add(piece: P, text: string): void {
    this.pieces.push({ piece, from: this.all.length, text });
    this.all += text;
  }

  breakHere(): void {
    this.all += BREAK;
  }

  masked(): { piece: P; text: string }[] {
    const ranges = findNumbers(this.all);
    return this.pieces.map(({ piece, from, text }) => ({ piece, text: this.piece(from, text, ranges) }));
  }

  /** A number is replaced where it begins and left out where it goes on. */
  private piece(from: number, text: string, ranges: Range[]): string {
    const to = from + text.length;
    let out = "";
    let at = from;
    for (const range of ranges) {
      if (range.to <= from || range.from >= to) continue;
      out += this.all.slice(at, Math.max(at, range.from));
      if (range.from >= from) out += HIDDEN_VALUE;
      at = Math.min(to, range.to);
    }
    return out + this.all.slice(at, to);
  }
}

function blockOf(text: Text): Node | null {
  let at: Node | null = text.parentNode;
  while (at instanceof Element && INLINE.has(at.localName)) at = at.parentNode;
  return at;
}
