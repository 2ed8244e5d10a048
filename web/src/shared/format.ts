// Times and names as people read them.

/** 272 → "4:32"; never negative. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** 381 → "6 min 21 s". */
export function spoken(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  if (!minutes) return `${rest} s`;
  return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
}

/** An ISO time as the reader's own clock shows it: "14:02". */
export function timeOfDay(iso: string | null): string {
  const date = iso ? new Date(iso) : null;
  if (!date || Number.isNaN(date.getTime())) return "";
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}

/** "14:02" for today, "12 Nov" for another day. */
export function dayOrTime(iso: string, now: Date): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  if (date.toDateString() === now.toDateString()) return timeOfDay(iso);
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
}

/** How long ago, roughly: "12 min", "3 h", "2 days". */
export function age(seconds: number): string {
  const minutes = Math.floor(Math.max(0, seconds) / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "1 day" : `${days} days`;
}

/** When a closed shop opens, for the reader: "today at 09:00", "tomorrow at 09:00", "on Monday at 09:00". */
export function opening(iso: string, now: Date): string {
  const date = new Date(iso);
  const days = Math.round((midnight(date) - midnight(now)) / 86_400_000);
  const time = timeOfDay(iso);
  if (days === 0) return `today at ${time}`;
  if (days === 1) return `tomorrow at ${time}`;
  const day = days < 7 ? date.toLocaleDateString("en-GB", { weekday: "long" }) : dayOrTime(iso, now);
  return `on ${day} at ${time}`;
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** "Marit Solvang" → "MS". */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0]?.[0] ?? "";
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? "") : "";
  return (first + last).toUpperCase();
}

/** "Marit Solvang" → "Marit S", for a title bar that others may see. */
export function shortName(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const last = words.length > 1 ? words[words.length - 1]?.[0] : "";
  return last ? `${words[0]} ${last.toUpperCase()}` : (words[0] ?? "");
}
