// The expected wait, as it is said: rounded, never "0 min", and a figure that rises says so.
import { figure, rounded } from "../shared/wait";
import { texts } from "./texts";

/** "About 9 min"; null: nobody knows. */
export function waitInWords(seconds: number | null): string {
  if (seconds === null) return texts.waitUnknown;
  const shown = rounded(seconds);
  return shown === 0 ? texts.waitNone : texts.about(figure(shown));
}

/** What was said before and what is known now: the lowest figure that was shown, and whether it takes longer. */
export function said(
  least: number | null,
  seconds: number | null,
): { least: number | null; longer: boolean } {
  if (seconds === null) return { least, longer: least !== null };
  const shown = rounded(seconds);
  if (least === null || shown <= least) return { least: shown, longer: false };
  return { least, longer: true };
}

/** 3 → "3rd in line"; 1 → "You're next". */
export function placeInLine(place: number): string {
  if (place === 1) return texts.next;
  const ending = new Intl.PluralRules("en", { type: "ordinal" }).select(place);
  return texts.inLine(
    `${place}${{ one: "st", two: "nd", few: "rd" }[ending as "one" | "two" | "few"] ?? "th"}`,
  );
}
