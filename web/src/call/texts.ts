// Every word of the window that holds a customer's telephone.
import type { Reason } from "../phone";

export const texts = {
  window: "Your call",
  connecting: "Allow the microphone when your browser asks",
  calling: "Calling…",
  talking: "You are talking",
  held: "On hold",
  ended: "Call ended",
  keepOpen: "Keep this window open. You can go on in the shop.",
  close: "You can close this window.",
  mute: "Mute",
  unmute: "Unmute",
  keypad: "Keypad",
  camera: "Show my camera",
  cameraOff: "Stop my camera",
  look: "They show their camera. Look",
  hangUp: "Hang up",
  again: "Try again",
  microphone: "Microphone",
  speaker: "Speaker",
  level: "How loud you are",
  testSpeaker: "Play a sound",
  sound: "Sound settings",
  noCamera: "The camera cannot be used. The call goes on.",
  leave: "Your call ends when this window is closed.",
  instead: (number: string) => `You can still call ${number} from any phone.`,
};

const GENERAL = "That did not work.";

export const why: Partial<Record<Reason, string>> = {
  microphone_refused: "Your browser has blocked the microphone for this site.",
  microphone_missing: "There is no microphone here.",
  microphone_in_use: "Another program is using the microphone.",
  microphone_lost: "The microphone is gone.",
  server_unreachable: "The phone system is not answering.",
  telephone_down: "The phone system is not answering.",
  not_let_in: "That number has expired.",
  busy: "Everyone is on a call.",
  no_answer: "Nobody answered.",
  no_media: "Your network lets no sound through.",
  cut_off: "The call was cut off.",
};

/** Nothing to add where the call simply ended. */
export const reasonText = (reason: Reason | null): string =>
  !reason || reason === "hung_up" || reason === "cancelled" ? "" : (why[reason] ?? GENERAL);

export const refusals: Record<string, string> = {
  already_ended: "That number has expired.",
  wrong_state: "This call is under way in another window.",
  too_many_requests: "Please wait a moment, then try again.",
  token_invalid: "This window is too old. Please click again in the shop.",
};
