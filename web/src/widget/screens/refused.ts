// What cannot be done, in plain words, each with a way on.
import { opening } from "../../shared/format";
import { h } from "../dom";
import type { Screen } from "../screen";
import { texts } from "../texts";
import { action, type Drawn, type Scene, say } from "./parts";

type Refused = Screen & { name: "refused" };
type Words = [sign: Parameters<typeof say>[0], tone: string, title: string, detail: string];

const NOT_SET_UP: Words = ["alert", "bad", texts.notSetUpTitle, texts.notSetUpDetail];
const LIMIT: Words = ["clock", "warn", texts.limitTitle, texts.limitDetail];
const NO_CODE: Words = ["alert", "bad", texts.proofDownTitle, texts.tryLaterOrCall];

const WORDS: Record<string, Words> = {
  all_numbers_in_use: ["hash", "warn", texts.allNumbersTitle, texts.allNumbersDetail],
  all_agents_busy: ["clock", "warn", texts.busyTitle, texts.busyDetail],
  nobody_has_the_skill: ["clock", "warn", texts.noSkillTitle, texts.noSkillDetail],
  telephone_down: ["alert", "bad", texts.downTitle, texts.downDetail],
  offline: ["wifiOff", "bad", texts.offlineTitle, texts.offlineDetail],
  too_many_requests: LIMIT,
  too_many_attempts: LIMIT,
  unknown_site: NOT_SET_UP,
  unknown_pool: NOT_SET_UP,
  foreign_origin: NOT_SET_UP,
  no_call_me: ["alert", "warn", texts.noCallMeTitle, texts.callUsNow],
  proof_down: NO_CODE,
  proof_needed: NO_CODE,
  unknown_interaction: ["phone", "warn", texts.goneTitle, texts.goneDetail],
  token_invalid: ["phone", "warn", texts.goneTitle, texts.goneDetail],
};
/** Here Call me is the better way than to try once more. */
const CALL_ME_FIRST = ["all_numbers_in_use", "all_agents_busy", "nobody_has_the_skill", "telephone_down"];
/** Here trying once more cannot help. */
const CALL_US_FIRST = ["no_call_me", "too_many_calls_today", "proof_needed"];

export function refused(scene: Scene, screen: Refused): Drawn {
  const { flow, shown } = scene;
  const { code, channel } = screen;
  const message = say(...wordsOf(screen));
  const close = (look: "" | "filled" = "") => action(texts.close, "close-refused", () => flow.close(), look);
  const retry = (look: "" | "filled" = "") =>
    action(texts.tryAgain, "retry", () => flow.retry(channel), look);
  const callUs = (look: "" | "filled" = "") =>
    action(texts.callUsInstead, "call-us", () => flow.callUsInstead(), look);
  const callMe = (words: string, look: "" | "filled" = "") =>
    action(words, "call-me", () => flow.callMeInstead(), look);
  const callsBack = shown.callsBack && channel === "call_us";
  if (WORDS[code] === NOT_SET_UP) return { body: [message, close()] };
  if (code === "closed")
    return {
      body: [
        message,
        shown.callsBack && callMe(texts.bookACall, "filled"),
        close(shown.callsBack ? "" : "filled"),
      ],
    };
  if (CALL_US_FIRST.includes(code)) return { body: [message, callUs("filled"), close()] };
  if (callsBack && CALL_ME_FIRST.includes(code))
    return { body: [message, callMe(texts.callMeInstead, "filled"), retry()] };
  return {
    body: [
      message,
      retry("filled"),
      channel === "call_me" && callUs(),
      callsBack && callMe(texts.callMeInstead),
    ],
  };
}

function wordsOf({ code, details }: Refused): Words {
  if (code === "closed") {
    const { opens_at } = details;
    const when =
      typeof opens_at === "string" ? texts.closedDetail(opening(opens_at, new Date())) : texts.closedUnknown;
    return ["clock", "warn", texts.closedTitle, when];
  }
  if (code === "too_many_calls_today")
    return ["clock", "warn", texts.callsTodayTitle(String(details.limit)), texts.callsTodayDetail];
  return WORDS[code] ?? ["alert", "bad", texts.otherTitle, texts.otherDetail];
}

export function expired({ flow, shown }: Scene, number: string | null): Drawn {
  return {
    body: [
      say("alert", "bad", texts.expiredTitle, texts.expiredDetail(number)),
      action(texts.getNewNumber, "again", () => flow.again(), "filled"),
      shown.callsBack && action(texts.callMeInstead, "call-me", () => flow.callMeInstead()),
    ],
  };
}

export function getting(title: string): Drawn {
  return { body: [h("div", { "aria-busy": "true" }, say("phone", "", title, texts.gettingDetail))] };
}
