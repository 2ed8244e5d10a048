// Single keys work only outside fields; with Alt and Shift they work everywhere.
import { useLayoutEffect } from "preact/hooks";
import { choices } from "./alerts";
import { texts as phoneTexts } from "./telephoneTexts";
import { texts } from "./texts";
import { texts as transferTexts } from "./transferTexts";

/** What the list of keys shows; UX order: the call first. */
export const KEYS: { name: string; keys: string[] }[] = [
  { name: texts.keyAccept, keys: ["A"] },
  { name: phoneTexts.keyHangUp, keys: ["Alt Shift E"] },
  { name: phoneTexts.keyMute, keys: ["M", "H"] },
  { name: phoneTexts.keyKeypad, keys: ["K"] },
  { name: phoneTexts.keyVideo, keys: ["V"] },
  { name: transferTexts.keyTransfer, keys: ["X"] },
  { name: texts.keyReady, keys: ["R", "N"] },
  { name: texts.keyAdd, keys: ["T"] },
  { name: texts.keyOutcome, keys: ["1", "6"] },
  { name: texts.keySave, keys: ["Ctrl Enter"] },
  { name: texts.keyFind, keys: ["/"] },
  { name: texts.keyAll, keys: ["?"] },
];

/** No single key ends a call; a key with Alt and Shift is known by its place. */
const EVERYWHERE: Record<string, string> = { e: "hang up", slash: "/" };

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return true;
  return (
    target instanceof HTMLInputElement && !["radio", "checkbox", "button", "submit"].includes(target.type)
  );
}

/** Which key was meant, "r" or "1" or "ctrl+enter"; null when it is text or something else's business. */
export function keyOf(event: KeyboardEvent): string | null {
  if (event.defaultPrevented || event.repeat || event.isComposing) return null;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return "ctrl+enter";
  if (event.ctrlKey || event.metaKey) return null;
  const letter = event.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase();
  if (event.altKey) return event.shiftKey ? (EVERYWHERE[letter] ?? letter) : null;
  // On some keyboards with Shift.
  if (event.key === "?" || event.key === "/") {
    return choices().keys && !isTyping(event.target) ? event.key : null;
  }
  if (event.shiftKey || !choices().keys || isTyping(event.target)) return null;
  return event.key.length === 1 ? event.key.toLowerCase() : null;
}

export function useKeys(act: (key: string) => boolean): void {
  // At once with what is drawn: a key that is pressed as soon as it can be seen is not lost.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = keyOf(event);
      if (key && act(key)) event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  });
}
