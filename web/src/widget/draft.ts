// What the customer has filled in so far. Kept apart from the drawing, so that nothing typed is ever lost.
import type { CallMeOffer, CallMeStatus, When } from "../shared/types";
import type { Asking, Change } from "./api";
import { intentOf, ownZone } from "./windows";

export type Field = "number" | "name" | "when" | "consent" | "proof";

export type Problem = { field: Field; words: string; callUs: boolean };

export type Draft = {
  /** The number we know already, masked; null: none, or not wanted. */
  known: string | null;
  /** Who told it: the cookie, the shop, or the request that is changed. */
  knownBy: "cookie" | "shop" | "request" | null;
  /** Another number than the known one is wanted. */
  declined: boolean;
  number: string;
  byName: boolean;
  name: string;
  address: string;
  soon: boolean;
  window: When | null;
  day: string | null;
  agreed: boolean;
};

export function emptyDraft(): Draft {
  return {
    known: null,
    knownBy: null,
    declined: false,
    number: "",
    byName: false,
    name: "",
    address: "",
    soon: true,
    window: null,
    day: null,
    agreed: false,
  };
}

/** Of the request that is to be changed. */
export function draftOf(status: CallMeStatus): Draft {
  return {
    ...emptyDraft(),
    known: status.display_number,
    knownBy: "request",
    soon: !status.window,
    window: status.window,
    day: status.window?.date ?? null,
    agreed: true,
  };
}

export function asking(draft: Draft, offer: CallMeOffer | null): Asking {
  const typed = !draft.known && !draft.byName;
  const named = !draft.known && draft.byName;
  return {
    number: typed ? draft.number.trim() : null,
    region: offer?.region || null,
    name: named ? draft.name.trim() : null,
    address: named ? draft.address.trim() : null,
    when: draft.soon || !draft.window ? null : intentOf(draft.window),
    zone: ownZone(),
    consent: offer?.consent_text ? { text: offer.consent_text } : null,
  };
}

/** What is different from the request as it stands; null: nothing is. */
export function changes(draft: Draft, status: CallMeStatus, region: string | null): Change | null {
  const change: Change = {};
  const now = JSON.stringify(status.window && intentOf(status.window));
  const wanted = draft.soon || !draft.window ? null : intentOf(draft.window);
  if (JSON.stringify(wanted) !== now) change.when = wanted;
  if (!draft.known && draft.number.trim()) {
    change.number = draft.number.trim();
    change.region = region;
  }
  return Object.keys(change).length ? change : null;
}

/** The first thing that is missing, as the server would say it. */
export function missing(draft: Draft, offer: CallMeOffer | null): { code: string } | null {
  if (!draft.known) {
    if (draft.byName && !(draft.name.trim() && draft.address.trim())) return { code: "name_missing" };
    if (!draft.byName && !/\d/.test(draft.number)) return { code: "number_missing" };
  }
  if (!draft.soon && !draft.window) return { code: "window_missing" };
  if (offer?.consent_text && !draft.agreed) return { code: "consent_missing" };
  return null;
}

/** The customer's number in the shop's signed word, masked as the server masks: all but its last three digits. */
export function numberIn(identity: string | null): string | null {
  try {
    const body = identity?.split(".")[1]?.replace(/-/g, "+").replace(/_/g, "/");
    const { phone } = JSON.parse(body ? atob(body) : "{}") as { phone?: unknown };
    return typeof phone === "string" && /\d{6}/.test(phone.replace(/\D/g, "")) ? masked(phone) : null;
  } catch {
    return null;
  }
}

export function masked(number: string): string {
  let digits = number.replace(/\D/g, "").length;
  return number.replace(/\d/g, (digit) => (digits-- > 3 ? "•" : digit));
}
