// The callbacks an agent promised: when they are due, in the words of the screen.
import { dayOrTime, timeOfDay } from "../shared/format";
import type { Callback, FreeWindow } from "../shared/types";
import { moment, timeThere } from "./outgoing";
import { texts } from "./texts";

const MINUTE = 60_000;
/** How long before the time the agent is told for the first time. */
export const SOON = 5 * MINUTE;

export type Reminder = { callback: Callback; when: "soon" | "now" };

/** What is to be told at `now`, having told `told` before; each callback once in five minutes before, once at its time. */
export function reminders(callbacks: Callback[], now: number, told: ReadonlySet<string>): Reminder[] {
  return callbacks.flatMap((callback): Reminder[] => {
    if (callback.state !== "queued") return [];
    const left = Date.parse(callback.due_at) - now;
    const when = left <= 0 ? "now" : left <= SOON ? "soon" : null;
    // Long past is no news: the agent was not here, or in a call all the time.
    if (!when || left < -MINUTE || told.has(keyOf({ callback, when }))) return [];
    return [{ callback, when }];
  });
}

/** A callback whose time is changed is told again. */
export function keyOf({ callback, when }: Reminder): string {
  return `${callback.interaction} ${callback.due_at} ${when}`;
}

export function stateWords(callback: Callback, now: number): string {
  const left = Date.parse(callback.due_at) - now;
  if (callback.state !== "queued") return texts.callingNow;
  if (callback.tries) {
    const outcome = texts.outcomes[callback.last_outcome ?? ""] ?? "";
    return texts.nextTry(callback.tries + 1, outcome);
  }
  if (left <= 0) return texts.dueNow;
  return left <= 60 * MINUTE ? texts.dueIn(Math.ceil(left / MINUTE)) : texts.booked;
}

/** "until 15:00 · 14:30 there": what was promised, and what the clock shows there if it is another one. */
export function promiseWords(callback: Callback): string {
  const until = callback.promised_until ? texts.untilTime(timeOfDay(callback.promised_until)) : "";
  const [there = ""] = timeThere(callback.zone, new Date(callback.due_at)).split(",");
  return [until, there === timeOfDay(callback.due_at) ? "" : texts.thereTime(there)]
    .filter(Boolean)
    .join(" · ");
}

/** "14:30" today, "26 Nov" on another day. */
export function dueWords(callback: Callback, now: number): string {
  return dayOrTime(callback.due_at, new Date(now));
}

/** "26 Nov 15:00–16:00", by the clock here. */
export function bookedWords(callback: Callback, now: number): string {
  const until = callback.promised_until ? `–${timeOfDay(callback.promised_until)}` : "";
  return moment(callback.promised_at, new Date(now)) + until;
}

/** "15:00–16:00", and where the clock is another one "(14:00–15:00 here)". */
export function windowWords(window: FreeWindow): string {
  const there = `${window.from}–${window.until}`;
  const here = `${timeOfDay(window.starts_at)}–${timeOfDay(window.ends_at)}`;
  return here === there ? there : texts.windowHere(there, here);
}

/** "Paris, 1 hour ahead"; "London, same time as here". */
export function zoneWords(zone: string, now: Date): string {
  const place = (zone.split("/").pop() ?? zone).replace(/_/g, " ");
  const ahead = offset(zone, now) + now.getTimezoneOffset();
  return ahead ? texts.zoneAhead(place, ahead / 60) : texts.zoneSame(place);
}

/** Minutes that the zone is ahead of UTC. */
function offset(zone: string, now: Date): number {
  try {
    const name = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" })
      .formatToParts(now)
      .find((part) => part.type === "timeZoneName")?.value;
    const found = /GMT([+-])(\d\d):(\d\d)/.exec(name ?? "");
    return found ? (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) : 0;
  } catch {
    return 0;
  }
}
