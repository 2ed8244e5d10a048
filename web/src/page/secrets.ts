// What was typed into hidden fields: it is not shown by another part of the page that repeats it, today or later.
import { HIDDEN_VALUE } from "../shared/constants";

const SHORTEST = 5;
const SHORTEST_FRESH = 3;
const FRESH_FOR = 3000;
const MOST = 200;
const SEPARATORS = "(?:[\\s\\-–—.·_/+]|%20){0,3}";

export class Secrets {
  private readonly kept = new Set<string>();
  private readonly fresh = new Map<string, number>();
  private pattern: RegExp | null = null;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Remembers what a hidden field held. Something short could be anything: it is one only while it is being typed. */
  learn(value: string): void {
    const plain = bare(value);
    if (plain.length < SHORTEST) return this.learnForNow(plain);
    if (this.kept.has(plain)) return;
    this.kept.add(plain);
    if (this.kept.size > MOST) for (const oldest of this.kept) return this.forget(oldest);
    this.pattern = null;
  }

  /** For the moment: part of something that may become a secret, or may not. */
  learnForNow(value: string): void {
    const plain = bare(value);
    if (plain.length < SHORTEST_FRESH) return;
    if (!this.fresh.has(plain)) this.pattern = null;
    this.fresh.set(plain, this.now() + FRESH_FOR);
  }

  /** They have gone on: what was held back for the moment may be told. */
  forgetForNow(): void {
    if (this.fresh.size) this.pattern = null;
    this.fresh.clear();
  }

  hide(text: string): string {
    if (text.length < SHORTEST_FRESH || (!this.kept.size && !this.fresh.size)) return text;
    for (const [value, until] of this.fresh) {
      if (until < this.now() && this.fresh.delete(value)) this.pattern = null;
    }
    this.pattern ??= patternOf([...this.kept, ...this.fresh.keys()]);
    return this.pattern ? text.replace(this.pattern, HIDDEN_VALUE) : text;
  }

  private forget(value: string): void {
    this.kept.delete(value);
    this.pattern = null;
  }
}

/** Longest first; each also with separators between its signs, and as it stands in an address. */
function patternOf(values: string[]): RegExp | null {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => b.length - a.length);
  return new RegExp(sorted.map((value) => [...value].map(sign).join(SEPARATORS)).join("|"), "g");
}

function sign(letter: string): string {
  const plain = letter.replace(/[.*+?^${}()|[\]\\/-]/, "\\$&");
  const inAddress = /[\ud800-\udfff]/.test(letter) ? letter : encodeURIComponent(letter);
  return inAddress === letter ? plain : `(?:${plain}|${inAddress})`;
}

function bare(value: string): string {
  return value.trim().replace(/[\s-]/g, "").slice(0, 200);
}
