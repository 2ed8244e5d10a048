// Every word of the window that holds a customer's telephone.
import type { Reason } from "../phone";

const withName = (words: string, name: string | null) => (name ? `${words} ${name}` : words);

export const texts = {
  window: "Your call",
  windowWith: (words: string) => `${words} · Your call`,
  nothing: "Please start your call in the shop.",
  asking: "Your browser asks for the microphone",
  askingDetail: "Please allow it, so that we can hear you. It is used for this call only.",
  connecting: "Connecting…",
  connectingDetail: "This takes a moment.",
  calling: "Calling…",
  queued: "You're in line",
  queuedDetail: "The next person who is free takes your call.",
  ringing: (name: string | null) => `${withName("Ringing", name)}…`,
  talking: (name: string | null) => withName("Talking with", name ?? "us"),
  held: "On hold",
  ended: "Call ended",
  over: (name: string | null, time: string) => `You spoke with ${name ?? "us"} for ${time}.`,
  keepOpen: "Keep this window open. You can go on in the shop.",
  close: "You can close this window.",
  mute: "Mute",
  unmute: "Unmute",
  keypad: "Keypad",
  camera: "Show my camera",
  cameraOff: "Stop my camera",
  cameraShort: "Camera",
  look: (name: string | null) => `${name ?? "The other side"} shows their camera`,
  lookAt: "Look",
  noLonger: (name: string | null) => `${name ?? "The other side"} stopped their camera. The call goes on.`,
  ready: "Nobody sees you yet.",
  mine: "Your picture",
  theirs: (name: string | null) => `Picture of ${name ?? "the other side"}`,
  hangUp: "Hang up",
  again: "Try again",
  microphone: "Microphone",
  speaker: "Speaker",
  cameraChoice: "Camera",
  level: "How loud you are",
  testSpeaker: "Play a sound",
  settings: "Sound and camera",
  noCamera: "The camera cannot be used. The call goes on with voice.",
  noPicture: "This call can have voice only.",
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

/** What to do about it, where there is something. */
export const whatToDo: Partial<Record<Reason, string>> = {
  microphone_refused: "Allow the microphone in the address bar, then try again.",
  microphone_missing: "Plug one in, then try again.",
  microphone_in_use: "Close the other program, then try again.",
  microphone_lost: "Plug it in again, then try again.",
  no_media: "Another network may.",
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
