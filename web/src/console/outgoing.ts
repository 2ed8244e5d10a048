// A call that we make: how far it is, in the words of the screen.
import { dayOrTime, timeOfDay } from "../shared/format";
import type { CallOut, Engagement } from "../shared/types";
import { secondsSince, secondsUntil } from "./clocks";
import type { IconName } from "./icons";
import { texts } from "./texts";

/** Before the agent's telephone rings: looked at, dialled, ringing there, answered and listened to. */
export type Phase = "preview" | "calling" | "rings" | "connecting";

const PHASES: Partial<Record<CallOut["state"], Phase>> = {
  previewing: "preview",
  ringing: "rings",
  connecting: "connecting",
  talking: "connecting",
};

/** Null: it is not a call that we make, or it has reached the agent. */
export function phaseOf({ state, call_me }: Engagement): Phase | null {
  if (!call_me || state !== "reserved") return null;
  return PHASES[call_me.state] ?? "calling";
}

type Look = { icon: IconName; slot: string; label: string; strip: (name: string) => string; detail: string };

export const LOOKS: Record<Phase, Look> = {
  preview: {
    icon: "clock",
    slot: texts.slotPreview,
    label: texts.timeToDecide,
    strip: texts.previewStrip,
    detail: texts.previewDetail,
  },
  calling: {
    icon: "phone",
    slot: texts.slotCalling,
    label: texts.calling,
    strip: () => texts.callingStrip,
    detail: texts.callingDetail,
  },
  rings: {
    icon: "bell",
    slot: texts.slotRings,
    label: texts.ringsFor,
    strip: () => texts.ringsStrip,
    detail: texts.callingDetail,
  },
  connecting: {
    icon: "phone",
    slot: texts.slotConnecting,
    label: texts.answeredFor,
    strip: () => texts.connectingStrip,
    detail: texts.connectingDetail,
  },
};

/** What the timer shows in this phase: what is left to decide, or how long it has been going on. */
export function phaseSeconds(phase: Phase, engagement: Engagement, now: number): number {
  const { reserved_at, call_me } = engagement;
  switch (phase) {
    case "preview":
      return secondsUntil(call_me?.preview_until ?? null, now);
    case "calling":
      return secondsSince(reserved_at, now);
    case "rings":
      return secondsSince(call_me?.customer_ringing_at ?? null, now);
    case "connecting":
      return secondsSince(call_me?.customer_answered_at ?? null, now);
  }
}

/** "Today" is said by the time alone: "13:58", "24 Nov 13:58". */
export function moment(iso: string, now: Date): string {
  const day = dayOrTime(iso, now);
  const time = timeOfDay(iso);
  return day === time ? time : `${day} ${time}`;
}

/** What was promised to the customer: a window, or as soon as possible (null). */
export function promised({ promised_at, promised_until }: CallOut, now: Date): string | null {
  return promised_until ? `${moment(promised_at, now)}–${timeOfDay(promised_until)}` : null;
}

/** "15:02, Paris": what the clock shows where the customer is. */
export function timeThere(zone: string, now: Date): string {
  const place = (zone.split("/").pop() ?? zone).replace(/_/g, " ");
  try {
    return `${now.toLocaleTimeString("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" })}, ${place}`;
  } catch {
    return place;
  }
}

export function earlierTries({ tries, last_outcome }: CallOut): string | null {
  if (!tries || !last_outcome) return null;
  return texts.triedAndCame(tries, texts.outcomes[last_outcome] ?? last_outcome.replace(/_/g, " "));
}
