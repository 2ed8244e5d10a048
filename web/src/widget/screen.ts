// What can be shown: each step of the way by its name, with what it is drawn from.
import type { CallMeStatus, CallStatus, PoolStatus } from "../shared/types";

export type ChannelName = "call_us" | "call_me";

export type Screen =
  | { name: "choose"; pool: PoolStatus | null }
  | { name: "getting"; channel: ChannelName }
  | { name: "refused"; channel: ChannelName; code: string; details: Record<string, unknown> }
  // Call us
  | { name: "call"; status: CallStatus }
  | { name: "ended"; status: CallStatus }
  | { name: "expired"; number: string | null }
  // Call me
  | { name: "ask" }
  | { name: "change" }
  | { name: "proof" }
  | { name: "request"; status: CallMeStatus }
  | { name: "over"; status: CallMeStatus };

export type Shown = {
  screen: Screen | null;
  share: boolean;
  collapsed: boolean;
  connectionLost: boolean;
  /** Whether Call me can be offered instead. */
  callsBack: boolean;
};
