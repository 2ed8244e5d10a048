// What a telephone in a page can be in, and what each piece of news makes of it. Values in, values out.

export type Name =
  | "off"
  | "connecting"
  | "registered"
  | "calling"
  | "ringing"
  | "talking"
  | "held"
  | "ended"
  | "refused";

/** Why it is refused, or why a call ended; each has its sentence where it is shown. */
export type Reason =
  | "microphone_refused"
  | "microphone_missing"
  | "microphone_in_use"
  | "microphone_lost"
  | "no_webrtc"
  | "server_unreachable"
  | "registration_refused"
  | "registration_lost"
  | "asleep"
  | "other_tab"
  | "taken_over"
  | "signed_out"
  | "hung_up"
  | "cancelled"
  | "busy"
  | "declined"
  | "no_answer"
  | "not_let_in"
  | "telephone_down"
  | "no_media"
  | "cut_off"
  | "failed";

export type State = {
  name: Name;
  reason: Reason | null;
  /** Whether a call could come in, or be made, now; a call goes on without it. */
  line: boolean;
  /** Whose call it is, as the switch names them. */
  caller: string;
  muted: boolean;
  /** When it was answered, milliseconds since the epoch. */
  since: number | null;
};

export type News =
  | { kind: "started" }
  | { kind: "line_up" }
  | { kind: "line_down"; reason: Reason }
  | { kind: "refused"; reason: Reason }
  | { kind: "dialled" }
  /** The call that an earlier page had, now here. */
  | { kind: "taken_up"; caller: string; muted: boolean; since: number }
  | { kind: "incoming"; caller: string }
  | { kind: "answered"; at: number }
  | { kind: "held" }
  | { kind: "resumed" }
  | { kind: "muted"; muted: boolean }
  | { kind: "ended"; reason: Reason }
  | { kind: "stopped" };

export const OFF: State = { name: "off", reason: null, line: false, caller: "", muted: false, since: null };

const IN_CALL: readonly Name[] = ["calling", "ringing", "talking", "held"];
const RESTS: readonly Name[] = ["connecting", "registered", "ended"];

export const isInCall = (state: State): boolean => IN_CALL.includes(state.name);

/** News that does not fit changes nothing: the very same state comes back. */
export function step(state: State, news: News): State {
  switch (news.kind) {
    case "started":
      return isInCall(state) ? state : { ...OFF, name: "connecting" };
    case "line_up":
      return lineUp(state);
    case "line_down":
      return lineDown(state, news.reason);
    case "refused":
      return isInCall(state) ? { ...state, line: false, reason: news.reason } : refused(news.reason);
    case "dialled":
      return RESTS.includes(state.name) ? begun(state, "calling", "") : state;
    case "taken_up": {
      const { caller, muted, since } = news;
      return state.name === "registered" ? { ...begun(state, "calling", caller), muted, since } : state;
    }
    case "incoming":
      return RESTS.includes(state.name) ? begun(state, "ringing", news.caller) : state;
    case "answered":
      return state.name === "calling" || state.name === "ringing"
        ? { ...state, name: "talking", since: state.since ?? news.at }
        : state;
    case "held":
      return state.name === "talking" ? { ...state, name: "held" } : state;
    case "resumed":
      return state.name === "held" ? { ...state, name: "talking" } : state;
    case "muted":
      return isInCall(state) && state.muted !== news.muted ? { ...state, muted: news.muted } : state;
    case "ended":
      return ended(state, news.reason);
    case "stopped":
      return OFF;
  }
}

function lineUp(state: State): State {
  if (state.name === "off") return state;
  if (isInCall(state)) return { ...state, line: true, reason: null };
  if (state.name === "ended") return { ...state, line: true };
  return { ...OFF, name: "registered", line: true };
}

function lineDown(state: State, reason: Reason): State {
  if (state.name === "off" || state.name === "refused") return state;
  return isInCall(state) ? { ...state, line: false, reason } : refused(reason);
}

function ended(state: State, reason: Reason): State {
  if (!isInCall(state)) return state;
  // Whatever took the line away during the call counts from now on.
  if (!state.line && state.reason) return refused(state.reason);
  return { ...state, name: "ended", reason, muted: false };
}

function begun(state: State, name: Name, caller: string): State {
  return { ...OFF, name, caller, line: state.line };
}

function refused(reason: Reason): State {
  return { ...OFF, name: "refused", reason };
}
