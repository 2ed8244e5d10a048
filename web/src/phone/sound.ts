// Microphones and loudspeakers: which there are, what they hear, and a test of both.
import type { Reason } from "./machine";

export type Device = { id: string; label: string };

const BETTER_SPEECH = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Why getUserMedia said no. */
export function microphoneReason(error: unknown): Reason {
  const name = (error as { name?: string } | null)?.name ?? "";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "microphone_missing";
  if (name === "NotReadableError" || name === "AbortError") return "microphone_in_use";
  return "microphone_refused";
}

/** Asks for leave the first time. The chosen one that is gone is no reason to be without: any other then. */
export async function openMicrophone(id: string | null): Promise<MediaStream> {
  const { mediaDevices } = navigator;
  if (!mediaDevices) throw new DOMException("Only a page by https may hear.", "NotAllowedError");
  const any = () => mediaDevices.getUserMedia({ audio: BETTER_SPEECH });
  if (!id) return any();
  try {
    return await mediaDevices.getUserMedia({ audio: { ...BETTER_SPEECH, deviceId: { exact: id } } });
  } catch (error) {
    if (microphoneReason(error) === "microphone_missing") return any();
    throw error;
  }
}

export type Devices = { microphones: Device[]; speakers: Device[]; cameras: Device[] };

export async function devices(): Promise<Devices> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const of = (kind: MediaDeviceKind) =>
    all.filter((one) => one.kind === kind).map(({ deviceId, label }) => ({ id: deviceId, label }));
  return { microphones: of("audioinput"), speakers: of("audiooutput"), cameras: of("videoinput") };
}

/** How loud it is, 0 to 1, several times a second until stopped. */
export function meter(stream: MediaStream, show: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    show(level(samples));
  }, 100);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}

/** From silence (-60 dB and less) to full scale. */
export function level(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < samples.length; n += 1) sum += (samples[n] ?? 0) ** 2;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
  return Math.min(1, Math.max(0, 1 + decibels / 60));
}

/** Two tones at the chosen loudspeaker. */
export function testSpeaker(id: string | null): Promise<void> {
  return playTones(id, [523, 659], 0.3);
}

/** Before one is live: a call that is answered by itself surprises nobody. */
export function announce(id: string | null): Promise<void> {
  return playTones(id, [880], 0.12);
}

async function playTones(id: string | null, tones: number[], seconds: number): Promise<void> {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  for (const [n, frequency] of tones.entries()) {
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(out);
    tone.start(context.currentTime + (seconds + 0.1) * n);
    tone.stop(context.currentTime + (seconds + 0.1) * n + seconds);
  }
  const speaker = new Speaker();
  await speaker.use(id);
  speaker.play(out.stream);
  await new Promise((done) => setTimeout(done, 1000 * tones.length * (seconds + 0.05)));
  speaker.stop();
  await context.close();
}

/** Where a call is heard. */
export class Speaker {
  private readonly audio = new Audio();

  constructor() {
    this.audio.autoplay = true;
  }

  /** Chosen before and gone now: the usual one. */
  async use(id: string | null): Promise<void> {
    await this.audio.setSinkId?.(id ?? "").catch(() => this.audio.setSinkId(""));
  }

  play(stream: MediaStream): void {
    this.audio.srcObject = stream;
    this.audio.play().catch(() => this.playAtNextGesture());
  }

  /** A page that nobody has touched yet may be forbidden to sound. */
  private playAtNextGesture(): void {
    const again = () => {
      for (const event of ["pointerdown", "keydown"]) document.removeEventListener(event, again);
      if (this.audio.srcObject) this.audio.play().catch(() => {});
    };
    for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, again);
  }

  stop(): void {
    this.audio.pause();
    this.audio.srcObject = null;
  }
}
