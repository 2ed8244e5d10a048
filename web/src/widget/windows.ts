// Times at which we could call, as the customer reads them: by the clock where they are.
import type { FreeWindow, When } from "../shared/types";
import { texts } from "./texts";

/** The browser's time zone: "Europe/Paris". */
export function ownZone(): string | null {
  try {
    return Intl.DateTimeFormat().resolvedOptions().timeZone || null;
  } catch {
    return null;
  }
}

/** "Europe/Paris" → "Paris". */
export function placeOf(zone: string): string {
  return (zone.split("/").pop() ?? zone).replace(/_/g, " ");
}

/** The date in the zone at that moment: "2026-11-25". */
export function dateIn(zone: string, iso: string): string {
  try {
    return new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(new Date(iso));
  } catch {
    return iso.slice(0, 10);
  }
}

/** Of a date without a zone: "Wed" and "25 Nov"; "Today" for today. */
export function dayName(date: string, today: string): { name: string; date: string } {
  const noon = new Date(`${date}T12:00:00Z`);
  const part = (options: Intl.DateTimeFormatOptions) =>
    noon.toLocaleDateString("en-GB", { ...options, timeZone: "UTC" });
  return {
    name: date === today ? texts.today : part({ weekday: "short" }),
    date: part({ day: "numeric", month: "short" }),
  };
}

export function hours(when: Pick<When, "from" | "until">): string {
  return `${when.from}–${when.until}`;
}

/** "today 16:00–17:00", "Wed 25 Nov, 14:00–15:00". */
export function windowInWords(when: When, today: string): string {
  const day = dayName(when.date, today);
  return when.date === today
    ? texts.todayAt(hours(when))
    : texts.dayAt(`${day.name} ${day.date}`, hours(when));
}

export function days(windows: FreeWindow[]): string[] {
  return [...new Set(windows.map((one) => one.date))];
}

export function sameWindow(one: When | null, other: When | null): boolean {
  return one?.date === other?.date && one?.from === other?.from && one?.until === other?.until;
}

/** What is sent back: the intent, and nothing that we computed. */
export function intentOf({ date, from, until, zone }: When): When {
  return { date, from, until, zone };
}

export function daysLater(date: string, count: number): string {
  const day = new Date(`${date}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() + count);
  return day.toISOString().slice(0, 10);
}
