// Sound, title and browser notice: a call is noticed without looking, and never twice.

import { useEffect, useState } from "preact/hooks";
import { initials, shortName } from "../shared/format";
import type { Engagement } from "../shared/types";
import { chosenDevices } from "./devices";
import { texts as phoneTexts } from "./telephoneTexts";
import { texts } from "./texts";

type Choice = { sound: boolean; keys: boolean };

export function choices(): Choice {
  try {
    return {
      sound: true,
      keys: true,
      ...(JSON.parse(localStorage.getItem("ctiapp:choices") ?? "{}") as Partial<Choice>),
    };
  } catch {
    return { sound: true, keys: true };
  }
}

export function choose(change: Partial<Choice>): Choice {
  const next = { ...choices(), ...change };
  try {
    localStorage.setItem("ctiapp:choices", JSON.stringify(next));
  } catch {
    // Kept for this page only.
  }
  for (const look of lookers) look(next);
  return next;
}

const lookers = new Set<(chosen: Choice) => void>();

/** What is chosen now, wherever on the page it was changed, and how to change it. */
export function useChoices(): [Choice, typeof choose] {
  const [chosen, setChosen] = useState(choices());
  useEffect(() => {
    lookers.add(setChosen);
    return () => {
      lookers.delete(setChosen);
    };
  }, []);
  return [chosen, choose];
}

/** Where the telephone is: here (or it answers by itself, and need not ring), on the desk, or in another tab, which
 * rings alone. */
type Where = "here" | "answers" | "desk" | "elsewhere";

export class Alerts {
  private audio: AudioContext | null = null;
  private ringing: ReturnType<typeof setInterval> | undefined;
  private title: ReturnType<typeof setInterval> | undefined;
  private notice: Notification | null = null;
  private last = "";
  private ringer = "";

  /** Browsers let a page sound only after a click or a key. */
  wake(): void {
    this.audio ??= new AudioContext();
    void this.useRinger();
    if (this.audio.state === "suspended") void this.audio.resume();
  }

  follow(engagement: Engagement | null, name: string, telephone: Where): void {
    const now = engagement ? `${engagement.reservation} ${engagement.state}` : "";
    if (now === this.last) return;
    this.last = now;
    this.quiet();
    switch (engagement?.state) {
      case "reserved":
        document.title = texts.titleReserved(shortName(name));
        this.tone(520, 0.25, 0.08);
        break;
      case "ringing":
        if (telephone === "here" || telephone === "desk") this.ring(engagement, name, telephone);
        break;
      case "talking":
        document.title = texts.titleTalking(shortName(name));
        break;
      case "wrap_up":
        document.title = texts.titleWrapUp;
        break;
      default:
        document.title = texts.product;
    }
  }

  /** A callback is due: heard beside a call without hurting it. */
  reminder(): void {
    this.tone(740, 0.2, 0.06);
    setTimeout(() => this.tone(880, 0.25, 0.06), 220);
  }

  private ring(engagement: Engagement, name: string, telephone: Where): void {
    const began = performance.now();
    const once = () => {
      const volume = performance.now() - began > 10_000 ? 0.3 : 0.12;
      this.tone(660, 0.35, volume);
      setTimeout(() => this.ringing !== undefined && this.tone(560, 0.35, volume), 400);
    };
    this.ringing = setInterval(once, 2400);
    once();
    const ringingTitle = texts.titleRinging(name);
    document.title = ringingTitle;
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.title = setInterval(() => {
        document.title = document.title === ringingTitle ? texts.product : ringingTitle;
      }, 1000);
    }
    if (document.hidden && "Notification" in window && Notification.permission === "granted") {
      // Initials only: others may look over the shoulder.
      const title = engagement.channel === "call_me" ? texts.noticeOutgoing : texts.noticeTitle;
      this.notice = new Notification(title(initials(name)), {
        body: telephone === "here" ? phoneTexts.noticeBody : texts.noticeBody,
        tag: engagement.reservation,
      });
      this.notice.onclick = () => {
        window.focus();
        this.notice?.close();
      };
    }
  }

  /** Whatever the view says of it: the telephone has been answered. */
  answered(): void {
    this.quiet();
  }

  private quiet(): void {
    clearInterval(this.ringing);
    clearInterval(this.title);
    this.ringing = undefined;
    this.notice?.close();
    this.notice = null;
  }

  /** The device that was chosen to ring, where the browser can. */
  private async useRinger(): Promise<void> {
    const audio = this.audio as (AudioContext & { setSinkId?(id: string): Promise<void> }) | null;
    const ringer = chosenDevices().ringer ?? "";
    if (!audio?.setSinkId || ringer === this.ringer) return;
    this.ringer = ringer;
    await audio.setSinkId(ringer).catch(() => {});
  }

  private tone(pitch: number, seconds: number, volume: number): void {
    if (!choices().sound || this.audio?.state !== "running") return;
    const { audio } = this;
    const source = audio.createOscillator();
    const gain = audio.createGain();
    const at = audio.currentTime;
    source.frequency.value = pitch;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(volume, at + 0.03);
    gain.gain.linearRampToValueAtTime(0, at + seconds);
    source.connect(gain).connect(audio.destination);
    source.start(at);
    source.stop(at + seconds);
  }
}
