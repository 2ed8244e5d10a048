// The customer's page as the agent may see it: taken with rrweb-snapshot, every secret masked before it leaves here.
import { createMirror, snapshot } from "rrweb-snapshot";
import type { PageSnapshot, SnapshotNode } from "../shared/types";
import { cleanUrl } from "./addresses";
import { allowedBy } from "./allowed";
import { cleanText, Masking, type Rules } from "./masking";
import type { PasswordMemory } from "./remember";
import { Secrets } from "./secrets";

export { cleanUrl } from "./addresses";

export const LARGEST_BYTES = 2_000_000;
/** Left out with all that is in it: another page, or our own. */
export const BLOCKED = "iframe, frame, ctiapp-button, ctiapp-panel, ctiapp-pointer";

/** The page's address, title and content. `share` false: address and title only. */
export function takePage(document: Document, passwords: PasswordMemory, share: boolean): PageSnapshot {
  const rules = { passwords, allowed: allowedBy(document), secrets: new Secrets() };
  if (!share) return { ...envelope(document, rules), hidden_fields: 0, snapshot: null };
  const mirror = createMirror();
  const masking = new Masking(mirror, rules);
  masking.learnSecrets(document);
  const taken = snapshot(document, {
    mirror,
    inlineStylesheet: true,
    inlineImages: false,
    recordCanvas: false,
    slimDOM: "all",
    maskAllInputs: true,
    blockSelector: BLOCKED,
  });
  return masked(document, rules, masking, taken as SnapshotNode | null);
}

/** A picture that rrweb took of the whole document, with nothing in it that must stay in this browser. */
export function masked(
  document: Document,
  rules: Rules,
  masking: Masking,
  taken: SnapshotNode | null,
): PageSnapshot {
  const root = taken ? masking.page(JSON.parse(JSON.stringify(taken)) as SnapshotNode) : null;
  return { ...envelope(document, rules), hidden_fields: masking.hidden, snapshot: fitting(root) };
}

/** What is told of a page besides its content. */
export function envelope(document: Document, rules: Rules): Omit<PageSnapshot, "hidden_fields" | "snapshot"> {
  return {
    ...addressOf(document, rules),
    taken_at: new Date().toISOString(),
    viewport: {
      width: document.defaultView?.innerWidth ?? 1280,
      height: document.defaultView?.innerHeight ?? 800,
    },
  };
}

export function addressOf(document: Document, { secrets }: Rules): { url: string; title: string } {
  return {
    url: cleanText(cleanUrl(document.location.href), secrets).slice(0, 2000),
    title: cleanText(document.title, secrets).slice(0, 300),
  };
}

/** The snapshot if it is small enough, else without pictures, else nothing. */
export function fitting(root: SnapshotNode | null, largest = LARGEST_BYTES): SnapshotNode | null {
  if (!root || bytes(root) <= largest) return root;
  dropPictures(root);
  return bytes(root) <= largest ? root : null;
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
