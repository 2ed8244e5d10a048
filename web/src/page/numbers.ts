// Finds card numbers and IBANs in free text, wherever a customer may have typed them.
import { HIDDEN_VALUE } from "../shared/constants";

export type Range = { from: number; to: number };

/** Separates pieces of text that do not belong together; never part of a number. */
export const BREAK = "\u0000";

const ZEROS = [0x0660, 0x06f0, 0x0966, 0xff10];
const DIGITS = /\d(?:[\s\-–—.·_/]{0,3}\d){12,}/g;
const RUN = /\d(?:[\s\-–—.·_/]{0,3}\d)+/g;
const LIKE_IBAN = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){4,}/g;
const IBAN = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])/g;

export function findNumbers(text: string): Range[] {
  const plain = westernDigits(text);
  return merge([...cards(plain), ...ibans(plain)]);
}

export function holdsNumber(text: string): boolean {
  return findNumbers(text).length > 0;
}

export function maskNumbers(text: string): string {
  return maskRanges(text, findNumbers(text));
}

/**
 * What somebody types, as far as it may be told: a number that is still being typed may become a card number or an IBAN
 * with its next digit, so all but its beginning waits until they have gone on.
 */
export function maskTyped(text: string, typing: boolean): string {
  return maskRanges(text, merge([...findNumbers(text), ...unfinished(westernDigits(text), typing)]));
}

/** Runs of digits that may be on their way to becoming a number that is hidden. */
export function unfinishedNumbers(text: string, typing: boolean): string[] {
  return unfinished(westernDigits(text), typing).map(({ from, to }) => text.slice(from, to));
}

function unfinished(text: string, typing: boolean): Range[] {
  const long = (run: string) => run.replace(/\D/g, "").length;
  const card = (run: string) => (typing ? long(run) >= 7 : long(run) >= 13 && /^[2-6]/.test(run));
  const iban = (run: string) => long(run) >= (typing ? 6 : 12);
  const ranges = (pattern: RegExp, isOne: (run: string) => boolean) =>
    [...text.matchAll(pattern)]
      .filter((run) => isOne(run[0]))
      .map((run) => ({ from: run.index, to: run.index + run[0].length }));
  return [...ranges(RUN, card), ...ranges(LIKE_IBAN, iban)];
}

export function maskRanges(text: string, ranges: Range[]): string {
  let out = "";
  let at = 0;
  for (const range of ranges) {
    out += text.slice(at, range.from) + HIDDEN_VALUE;
    at = range.to;
  }
  return out + text.slice(at);
}

export function passesLuhn(digits: string): boolean {
  if (!/^\d{13,19}$/.test(digits) || /^(\d)\1*$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    let digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    if (i % 2) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}

export function isIban(text: string): boolean {
  const plain = text.replace(/[\s\u00a0-]/g, "").toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(plain)) return false;
  let rest = 0;
  for (const letter of plain.slice(4) + plain.slice(0, 4)) {
    for (const digit of String(Number.parseInt(letter, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}

/** In a run of digits and separators, every stretch of whole groups that could be a card number. */
function cards(text: string): Range[] {
  const found: Range[] = [];
  for (const run of text.matchAll(DIGITS)) {
    const groups = [...run[0].matchAll(/\d+/g)].map((group) => ({
      digits: group[0],
      from: run.index + group.index,
      to: run.index + group.index + group[0].length,
    }));
    for (let first = 0; first < groups.length; first += 1) {
      let digits = "";
      for (let last = first; last < groups.length && digits.length <= 19; last += 1) {
        digits += groups[last]?.digits ?? "";
        const from = groups[first]?.from ?? 0;
        const to = groups[last]?.to ?? 0;
        if (passesLuhn(digits)) found.push({ from, to });
        else if (digits.length > 19 && first === last) found.push(...inside(digits, from));
      }
    }
  }
  return found;
}

/** A card number run together with what follows it: "4242424242424242" + "1227" + "123". */
function inside(digits: string, offset: number): Range[] {
  for (const length of [16, 15, 19, 13]) {
    if (passesLuhn(digits.slice(0, length))) return [{ from: offset, to: offset + digits.length }];
  }
  return [];
}

function ibans(text: string): Range[] {
  const found: Range[] = [];
  for (const match of text.matchAll(IBAN)) {
    const words = match[0];
    for (let end = words.length; end >= 15; end -= 1) {
      if (/[ \u00a0-]/.test(words.charAt(end)) || end === words.length) {
        if (isIban(words.slice(0, end))) {
          found.push({ from: match.index, to: match.index + end });
          break;
        }
      }
    }
  }
  return found;
}

function merge(ranges: Range[]): Range[] {
  const sorted = [...ranges].sort((a, b) => a.from - b.from || b.to - a.to);
  const out: Range[] = [];
  for (const range of sorted) {
    const last = out[out.length - 1];
    if (last && range.from <= last.to) last.to = Math.max(last.to, range.to);
    else out.push({ ...range });
  }
  return out;
}

function westernDigits(text: string): string {
  return text.replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19]/g, (letter) => {
    const code = letter.charCodeAt(0);
    const zero = ZEROS.find((start) => code >= start && code < start + 10) ?? code;
    return String(code - zero);
  });
}
