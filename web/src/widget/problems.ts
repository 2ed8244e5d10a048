// What a refusal of Call me means to the customer: which field it is about, in which words, and what they can do.
import type { Field } from "./draft";
import { texts } from "./texts";

/** `field` null: it is about none of the fields. `callUs`: calling us is the way on. */
export type Found = { field: Field | null; words: string; callUs: boolean };

const about = (field: Field | null, words: string, callUs = false): Found => ({ field, words, callUs });

const FOUND: Record<string, Found> = {
  // What the form sees by itself
  name_missing: about("name", texts.nameMissing),
  window_missing: about("when", texts.windowMissing),
  proof_missing: about("proof", texts.proofMissing),
  // What the server says
  number_missing: about("number", texts.numberMissing),
  malformed_number: about("number", texts.malformedNumber),
  unsupported_country: about("number", texts.unsupportedCountry, true),
  number_type_not_allowed: about("number", texts.numberType, true),
  number_marked: about("number", texts.numberMarked, true),
  do_not_call: about("number", texts.doNotCall, true),
  already_waiting: about("number", texts.alreadyWaiting),
  unknown_customer: about("number", texts.unknownCustomer),
  name_too_often: about("number", texts.nameTooOften),
  consent_missing: about("consent", texts.consentMissing),
  wrong_window: about("when", texts.wrongWindow),
  window_closed: about("when", texts.windowClosed),
  window_full: about("when", texts.windowFull),
  proof_wrong: about("proof", texts.proofWrong),
  // What cannot be done with a request
  wrong_state: about(null, texts.tooLate),
  already_ended: about(null, texts.tooLate),
  not_yours: about(null, texts.notYours),
  too_many_requests: about(null, texts.changedOften),
  offline: about(null, texts.offlineTitle),
};

export function problemOf(code: string): Found {
  return FOUND[code] ?? about(null, texts.otherTitle);
}
