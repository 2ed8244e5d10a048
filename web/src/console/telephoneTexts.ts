// Every word of the console's own telephone.
import type { Reason } from "../phone";

const TAKE_NO_MORE = "You take no more calls after this one.";

export const texts = {
  registered: "Registered",
  connecting: "Connecting…",
  notReachable: "Not reachable",
  answer: "Answer",
  answerVideo: "Answer with video",
  decline: "Decline",
  answering: "Connecting…",
  hangUp: "Hang up",
  keyHangUp: "Hang up",
  slotRinging: "Ringing…",
  slotElsewhere: "In another tab",
  slotNoSound: "No sound here",
  noSoundHere: "The call goes on where it was answered.",
  callGoesOn: "You are signed out. Your call goes on here until it ends.",
  ringingDetail: "Press A, or Answer on the left. Typing is not interrupted.",
  noticeBody: "Answer in the console.",
  askForMicrophone: "Your browser asks for the microphone. Allow it, so that customers can hear you.",
  tryAgain: "Try again",
  useHere: "Use the telephone here",
  /** Why no call is offered, and what to do. */
  why: {
    microphone_refused:
      "Your browser has blocked the microphone for this page, so no calls come. Allow it beside the address, then try again.",
    microphone_missing: "No microphone was found, so no calls come. Plug one in, then try again.",
    microphone_in_use: "Another program has the microphone, so no calls come. Close it, then try again.",
    microphone_lost:
      "The microphone is gone, so no calls come. Plug it in or allow it again, then try again.",
    no_webrtc: "This browser cannot make calls. Use a current Chrome, Firefox or Safari.",
    server_unreachable: "The telephone cannot reach the phone system. It keeps trying.",
    registration_refused: "The phone system did not accept this telephone. Tell your administrator.",
    registration_lost: "The telephone lost its connection to the phone system. It keeps trying.",
    asleep: "This computer was asleep. The telephone connects again.",
    other_tab: "The telephone is in another tab of this browser. Calls ring there.",
    taken_over: "Another tab has the telephone now. Calls ring there.",
  } as Partial<Record<Reason, string>>,
  /** The same while a call is here, which goes on. */
  whyInCall: {
    microphone_lost: `The microphone is gone: the customer cannot hear you. Choose another one. ${TAKE_NO_MORE}`,
    taken_over: "Another tab has the telephone. This call stays here until it ends.",
    signed_out: "You signed in again. The telephone takes calls again once this one has ended.",
  } as Partial<Record<Reason, string>>,
  lineLost: "The telephone lost its connection. The call goes on, and it connects again by itself.",
  failed: "The telephone does not work. Try again.",
  /** A call that ended otherwise than by a person. */
  ended: {
    no_media: "No sound came through, so the call was ended.",
    cut_off: "The call was cut off.",
    failed: "The call could not be answered.",
  } as Partial<Record<Reason, string>>,
  quality: { good: "Good", fair: "Fair", poor: "Poor" },
  milliseconds: (value: number) => `${value} ms`,
  sound: "Sound of the call",

  fromPage: "Their browser",
  controls: "In this call",
  mute: "Mute",
  muted: "You are muted. The customer can't hear you.",
  hold: "Hold",
  onHold: "On hold. The customer hears music.",
  keypad: "Keypad",
  keypadHint: "Digits go to the other telephone. Esc closes.",
  keyMute: "Mute, hold",
  keyKeypad: "Keypad",
  keyVideo: "Video on or off",

  video: "Video",
  offer: "They show their camera.",
  look: "Look",
  lookAway: "Stop looking",
  theirPicture: "The customer's camera",
  ownPicture: "Your own camera, as it is seen",
  cameraOn: "Your camera is on",
  notSeen: "You see no picture of theirs",
  mayNotSee: "Most telephones show no picture: they may hear you only.",
  cameraFailed: {
    no_camera: "Your camera can't be used. The call goes on with voice.",
    no_picture: "This call carries no picture. The voice goes on.",
  },

  soundSettings: "Sound settings",
  microphone: "Microphone",
  level: "How loud you are",
  speaker: "Customers are heard at",
  ringer: "Calls ring at",
  camera: "Camera",
  usual: "As this computer does",
  nth: (what: string, n: number) => `${what} ${n}`,
  playSound: "Play a sound",
  playing: "Playing…",
};
