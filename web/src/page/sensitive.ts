// Which fields never leave the customer's browser.
import { PRIVATE_ATTRIBUTE } from "../shared/constants";
import { parentOf } from "./allowed";
import { holdsNumber } from "./numbers";
import type { PasswordMemory } from "./remember";

const AUTOCOMPLETE = /^(cc-.+|one-time-code|new-password|current-password)$/;

/** Matched against the words of name, id, label and placeholder: "cardNumber" and "card_number" are "card number". */
const WORDS = new RegExp(
  [
    "(card|cc|credit card|debit card|kort|karten?) ?(no|nr|num|number|nummer)",
    "pan",
    "(cvc|cvv|cvn|csc|cid) ?[0-9]?",
    "(security|card|verification|cvc|cvv) ?(code|value)",
    "(card|cc) ?(verification|security|expiry|exp|month|year|holder pin)",
    "expir(y|es|ation)( ?(date|month|year|mm|yy))?",
    "exp( ?(date|month|year|mm|yy|m|y))?",
    "(valid|good) (thru|through|until|to)",
    "mm ?yy(yy)?",
    "iban",
    "ssn",
    "sin",
    "social ?security.*",
    "national ?insurance.*",
    "nino",
    "sort ?code",
    "routing ?(no|number)",
    "(bank ?|iban ?|giro ?)?acc(oun)?t ?(no|nr|num|number)",
    "bank ?acc(oun)?t",
    "account",
    "pin( ?(code|number))?",
    "pass ?(word|wd|code|phrase)s?",
    "passwords?",
    "pwd",
    "secret",
    "otp",
    "one ?time ?(code|password|pin)",
    "passport ?(no|number)?",
    "tax ?(id|number)",
  ]
    .map((words) => `(^| )(${words})( |$)`)
    .join("|"),
);
const NUMBER_SAMPLE = /^[\d•xX*#]{4}([ -]?[\d•xX*#]{4}){2,4}$/;

export function isFormField(
  element: Element,
): element is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement {
  return ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName.toUpperCase());
}

/** Whether the customer puts something into it; a button's value is the shop's own. */
export function holdsTyping(field: Element): boolean {
  return !["button", "submit", "reset", "image"].includes(typeOf(field));
}

export function isEditable(element: Element): boolean {
  const value = element.getAttribute("contenteditable");
  return value !== null && value.toLowerCase() !== "false";
}

/** True for what the shop marked, and for all that lies inside it, shadow roots included. */
export function isPrivate(element: Element): boolean {
  for (let at: Element | null = element; at; at = parentOf(at)) {
    if (at.hasAttribute(PRIVATE_ATTRIBUTE)) return true;
  }
  return false;
}

/** True when the value of this form field or editable element must not be seen by anyone else. */
export function isSensitive(element: Element, passwords: PasswordMemory): boolean {
  if (passwords.has(element) || isPrivate(element)) return true;
  const type = typeOf(element);
  if (type === "password") return true;
  const tokens = (element.getAttribute("autocomplete") ?? "").toLowerCase().split(/\s+/);
  if (tokens.some((token) => AUTOCOMPLETE.test(token))) return true;
  if (["checkbox", "radio", "button", "submit", "reset", "image", "file", "range", "color"].includes(type)) {
    return false;
  }
  if (NUMBER_SAMPLE.test(element.getAttribute("placeholder") ?? "")) return true;
  if (names(element).some((name) => WORDS.test(words(name)))) return true;
  return holdsNumber(textOf(element));
}

export function typeOf(element: Element): string {
  if (element.tagName.toUpperCase() !== "INPUT") return "";
  return (element.getAttribute("type") ?? "text").toLowerCase();
}

export function textOf(element: Element): string {
  return isFormField(element) ? element.value : (element.textContent ?? "");
}

function names(element: Element): string[] {
  const found = ["name", "id", "placeholder", "aria-label", "title", "data-field", "data-testid"].map(
    (attribute) => element.getAttribute(attribute),
  );
  const labels = isFormField(element) ? [...(element.labels ?? [])] : [];
  for (const label of labels) found.push(label.textContent);
  for (const id of (element.getAttribute("aria-labelledby") ?? "").split(/\s+/)) {
    if (id) found.push(element.ownerDocument.getElementById(id)?.textContent ?? null);
  }
  return found.filter((name): name is string => Boolean(name));
}

/** "billing[cardNumber]" → "billing card number". */
function words(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .trim();
}
