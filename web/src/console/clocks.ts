import { useEffect, useState } from "preact/hooks";
import type { Desk } from "./desk";

/** The server's time, drawn again twice a second. */
export function useServerNow(desk: Desk): number {
  const [now, setNow] = useState(desk.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(desk.now()), 500);
    return () => clearInterval(timer);
  }, [desk]);
  return Math.max(now, desk.now());
}

export function secondsSince(iso: string | null, now: number): number {
  return iso ? Math.max(0, (now - Date.parse(iso)) / 1000) : 0;
}

export function secondsUntil(iso: string | null, now: number): number {
  return iso ? Math.max(0, (Date.parse(iso) - now) / 1000) : 0;
}

/** After what was just changed is really on screen. A hidden tab paints nothing, so there it is at once. */
export function afterPaint(then: () => void): void {
  if (document.hidden) {
    setTimeout(then, 0);
    return;
  }
  let done = false;
  const once = () => {
    if (!done) then();
    done = true;
  };
  requestAnimationFrame(() => setTimeout(once, 0));
  setTimeout(once, 250);
}
