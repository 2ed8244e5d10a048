// The console's own telephone, where its station is one in the browser. It is loaded once that is known.
import type * as Phone from "../phone";
import type { Sample, State, Telephone } from "../phone";
import { isInCall, OFF } from "../phone/machine";
import type { Engagement } from "../shared/types";
import { api, Refused } from "./client";
import { type Chosen, chooseDevice, chosenDevices } from "./devices";

declare const __CHUNKS__: { phone: string };

const LOCKED_FOR = 1000;
const TRY_AGAIN_AFTER = 3000;
/** So many samples are sent at once: half a minute. */
const BATCH = 6;
const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24 } };

export type TelephoneState = State & {
  /** Null until the server has said whether the station's telephone is here or on the desk. */
  isHere: boolean | null;
  /** The browser asks its person for the microphone. */
  asks: boolean;
  /** Just answered: a second click on the same place does nothing. */
  isLocked: boolean;
  sample: Sample | null;
  microphone: MediaStream | null;
  /** The customer's picture, which is on screen only if the agent wants it there. */
  theirs: MediaStream | null;
  looks: boolean;
  camera: MediaStream | null;
  /** What became of the camera that was asked for. */
  cameraFailed: "no_camera" | "no_picture" | null;
};

const NO_CALL = {
  isLocked: false,
  sample: null,
  theirs: null,
  looks: false,
  camera: null,
  cameraFailed: null,
} as const;
const NONE: TelephoneState = { ...OFF, ...NO_CALL, isHere: null, asks: false, microphone: null };

export class ConsoleTelephone {
  state: TelephoneState = NONE;
  private phone: Telephone | null = null;
  private chunk: typeof Phone | null = null;
  private begun = 0;
  /** Where to begin once a call has ended that outlived its sign-in. */
  private next: { station: string; agent: string } | null = null;
  private readonly listeners = new Set<() => void>();
  private samples: Sample[] = [];
  private answering = false;
  private turning = false;
  private withCamera = false;

  /** `engagement`: whose call is here, if it is one. */
  constructor(
    private readonly engagement: () => Engagement | null,
    private readonly load: () => Promise<typeof Phone> = loadChunk,
  ) {
    addEventListener("beforeunload", (event) => {
      if (isInCall(this.state)) event.preventDefault();
    });
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** After each sign-in: a desk phone needs nothing here. Keeps trying while the server cannot be asked. */
  async begin(station: string, agent: string): Promise<void> {
    this.next = { station, agent };
    if (isInCall(this.state)) return;
    this.stop();
    const { begun } = this;
    try {
      const access = await api.telephone();
      const chunk = await this.load();
      if (begun !== this.begun) return;
      this.chunk = chunk;
      let first: Phone.Access | null = access;
      const { microphone, speaker } = chosenDevices();
      this.phone = chunk.stationTelephone(
        station,
        {
          access: async () => {
            const known = first ?? (await api.telephone());
            first = null;
            return known;
          },
          microphone,
          speaker,
          show: (state) => begun === this.begun && this.show(state),
          quality: (sample) => begun === this.begun && this.measured(sample),
          video: (theirs) => begun === this.begun && this.set({ theirs }),
        },
        agent,
      );
      this.set({ isHere: true });
      await this.start();
    } catch (error) {
      if (begun !== this.begun) return;
      if (error instanceof Refused && error.code === "not_found") return this.set({ isHere: false });
      if (error instanceof Refused && error.code === "not_logged_in") return;
      setTimeout(() => begun === this.begun && void this.begin(station, agent), TRY_AGAIN_AFTER);
    }
  }

  /** After a sign-out. A call goes on, as it would at a telephone on the desk. */
  end(): void {
    this.next = null;
    if (isInCall(this.state)) this.phone?.leave();
    else this.stop();
  }

  /** `takeOver`: also from another tab. */
  async start(takeOver = false): Promise<void> {
    const { phone } = this;
    if (!phone) return;
    this.set({ asks: await asksForMicrophone() });
    await phone.start(takeOver);
    this.set({ asks: false });
  }

  // ---- the call ---------------------------------------------------------------------------------------------

  /** `withCamera`: seen from the first word on, and seeing. */
  answer(withCamera = false): void {
    if (this.state.name !== "ringing" || this.state.isLocked) return;
    this.withCamera = withCamera;
    this.set({ isLocked: true });
    setTimeout(() => this.set({ isLocked: false }), LOCKED_FOR);
    this.phone?.answer();
  }

  /** The call goes to the next agent. */
  decline(): void {
    if (this.state.name === "ringing" && !this.state.isLocked) this.phone?.hangUp();
  }

  /** Without a line the switch does not hear it from here, and would keep the customer in silence: the server tells it. */
  hangUp(): void {
    if (this.state.isLocked) return;
    const engagement = this.engagement();
    if (!this.state.line && isInCall(this.state) && engagement?.state === "talking") {
      void api.hangUp(engagement.interaction).catch(() => {});
    }
    this.phone?.hangUp();
  }

  mute(): void {
    this.phone?.mute(!this.state.muted);
  }

  async hold(): Promise<void> {
    if (this.turning) return;
    this.turning = true;
    await this.phone?.hold(this.state.name !== "held");
    this.turning = false;
  }

  press(key: string): void {
    this.phone?.press(key);
  }

  /** Whether the call that comes for this customer is answered without anybody's hand. A colleague's may be refused. */
  get answersByItself(): boolean {
    const engagement = this.engagement();
    const isMeant = engagement?.auto_answer && engagement.role !== "receiving";
    return Boolean(isMeant) && this.state.line && isHealthy(this.state.microphone);
  }

  /** When the call rings, and when the view comes that says whose it is: whichever is later. */
  async answerByItself(): Promise<void> {
    const waits = ["reserved", "ringing"].includes(this.engagement()?.state ?? "");
    if (this.state.name !== "ringing" || this.answering || !waits || !this.answersByItself) return;
    this.answering = true;
    await this.chunk?.announce(chosenDevices().speaker).catch(() => {});
    this.answering = false;
    if (this.answersByItself) this.answer();
  }

  // ---- the picture ------------------------------------------------------------------------------------------

  /** By the agent's own click alone. */
  async turnCamera(): Promise<void> {
    const { phone } = this;
    if (!phone || this.turning || this.state.name !== "talking") return;
    this.turning = true;
    if (this.state.camera) {
      this.set({ camera: null });
      await phone.hideCamera();
    } else {
      try {
        const camera = await phone.showCamera(openCamera);
        this.set({ camera, cameraFailed: camera ? null : "no_picture" });
      } catch {
        this.set({ cameraFailed: "no_camera" });
      }
    }
    this.turning = false;
  }

  look(looks: boolean): void {
    this.set({ looks });
  }

  // ---- devices ----------------------------------------------------------------------------------------------

  async choose(change: Partial<Chosen>): Promise<void> {
    chooseDevice(change);
    const { phone } = this;
    if (!phone) return;
    try {
      if (change.microphone !== undefined) await phone.useMicrophone(change.microphone);
      if (change.speaker !== undefined) await phone.useSpeaker(change.speaker);
      if (change.camera !== undefined && this.state.camera) {
        this.set({ camera: await phone.useCamera(openCamera) });
      }
    } catch {
      // It is gone since the list was made: what was used before goes on.
    }
    this.set({ microphone: phone.microphone });
  }

  devices(): Promise<Phone.Devices> {
    return this.chunk?.devices() ?? Promise.resolve({ microphones: [], speakers: [], cameras: [] });
  }

  /** Tells how loud the microphone hears, 0 to 1, until the returned function is called. */
  meter(show: (level: number) => void): () => void {
    const { microphone } = this.state;
    return (microphone && this.chunk?.meter(microphone, show)) || (() => {});
  }

  async testSpeaker(which: "speaker" | "ringer"): Promise<void> {
    await this.chunk?.testSpeaker(chosenDevices()[which]);
  }

  // ---- news -------------------------------------------------------------------------------------------------

  private stop(): void {
    this.begun += 1;
    this.send();
    this.phone?.stop();
    this.phone = null;
    this.set(NONE);
  }

  private show(state: State): void {
    const isOver = isInCall(this.state) && !isInCall(state);
    if (isOver) this.send();
    const microphone = this.phone?.microphone ?? null;
    this.set({ ...state, microphone, ...(isInCall(state) ? {} : NO_CALL) });
    void this.answerByItself();
    if (state.name === "talking" && this.withCamera) {
      this.withCamera = false;
      this.look(true);
      void this.turnCamera();
    }
    if (!isOver || state.reason !== "signed_out") return;
    if (this.next) void this.begin(this.next.station, this.next.agent);
    else this.stop();
  }

  private measured(sample: Sample): void {
    this.set({ sample });
    this.samples.push(sample);
    if (this.samples.length >= BATCH) this.send();
  }

  /** What is lost on the way is no loss for the call. */
  private send(): void {
    const { samples } = this;
    const interaction = this.engagement()?.interaction;
    this.samples = [];
    if (samples.length && interaction) void api.quality(interaction, samples).catch(() => {});
  }

  private set(change: Partial<TelephoneState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

async function loadChunk(): Promise<typeof Phone> {
  return (await import(/* @vite-ignore */ `/${__CHUNKS__.phone}`)) as typeof Phone;
}

function isHealthy(microphone: MediaStream | null): boolean {
  const [track] = microphone?.getAudioTracks() ?? [];
  return track?.readyState === "live" && !track.muted;
}

function openCamera(): Promise<MediaStream> {
  const { camera } = chosenDevices();
  const which = camera ? { deviceId: { ideal: camera } } : {};
  return navigator.mediaDevices.getUserMedia({ video: { ...PICTURE, ...which } });
}

async function asksForMicrophone(): Promise<boolean> {
  try {
    const { state } = await navigator.permissions.query({ name: "microphone" as PermissionName });
    return state === "prompt";
  } catch {
    return false;
  }
}
