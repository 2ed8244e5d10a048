// The console's own telephone, where its station is one in the browser. It is loaded once that is known.
import type * as Phone from "../phone";
import type { Sample, State, Telephone } from "../phone";
import { isInCall, OFF } from "../phone/machine";
import { api, Refused } from "./client";

declare const __CHUNKS__: { phone: string };

const LOCKED_FOR = 1000;
const TRY_AGAIN_AFTER = 3000;
/** So many samples are sent at once: half a minute. */
const BATCH = 6;

export type TelephoneState = State & {
  /** Null until the server has said whether the station's telephone is here or on the desk. */
  isHere: boolean | null;
  /** The browser asks its person for the microphone. */
  asks: boolean;
  /** Just answered: a second click on the same place does nothing. */
  isLocked: boolean;
  sample: Sample | null;
};

const NONE: TelephoneState = { ...OFF, isHere: null, asks: false, isLocked: false, sample: null };

export class ConsoleTelephone {
  state: TelephoneState = NONE;
  private phone: Telephone | null = null;
  private begun = 0;
  /** Where to begin once a call has ended that outlived its sign-in. */
  private next: string | null = null;
  private readonly listeners = new Set<() => void>();
  private samples: Sample[] = [];

  /** `interaction`: whose call is here, if it is one. */
  constructor(private readonly interaction: () => string | null) {
    addEventListener("beforeunload", (event) => {
      if (isInCall(this.state)) event.preventDefault();
    });
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** After each sign-in: a desk phone needs nothing here. Keeps trying while the server cannot be asked. */
  async begin(station: string): Promise<void> {
    this.next = station;
    if (isInCall(this.state)) return;
    this.stop();
    const { begun } = this;
    try {
      const access = await api.telephone();
      const { stationTelephone } = await load();
      if (begun !== this.begun) return;
      let first: Phone.Access | null = access;
      this.phone = stationTelephone(station, {
        access: async () => {
          const known = first ?? (await api.telephone());
          first = null;
          return known;
        },
        show: (state) => begun === this.begun && this.show(state),
        quality: (sample) => begun === this.begun && this.measured(sample),
      });
      this.set({ isHere: true });
      await this.start();
    } catch (error) {
      if (begun !== this.begun) return;
      if (error instanceof Refused && error.code === "not_found") return this.set({ isHere: false });
      if (error instanceof Refused && error.code === "not_logged_in") return;
      setTimeout(() => begun === this.begun && void this.begin(station), TRY_AGAIN_AFTER);
    }
  }

  /** After a sign-out. A call goes on, as it would at a telephone on the desk. */
  end(): void {
    this.next = null;
    if (isInCall(this.state)) this.phone?.leave();
    else this.stop();
  }

  private stop(): void {
    this.begun += 1;
    this.send();
    this.phone?.stop();
    this.phone = null;
    this.set(NONE);
  }

  /** `takeOver`: also from another tab. */
  async start(takeOver = false): Promise<void> {
    const { phone } = this;
    if (!phone) return;
    this.set({ asks: await asksForMicrophone() });
    await phone.start(takeOver);
    this.set({ asks: false });
  }

  answer(): void {
    if (this.state.name !== "ringing" || this.state.isLocked) return;
    this.set({ isLocked: true });
    setTimeout(() => this.set({ isLocked: false }), LOCKED_FOR);
    this.phone?.answer();
  }

  hangUp(): void {
    if (!this.state.isLocked) this.phone?.hangUp();
  }

  private show(state: State): void {
    const isOver = isInCall(this.state) && !isInCall(state);
    if (isOver) this.send();
    this.set({ ...state, ...(isInCall(state) ? {} : { sample: null, isLocked: false }) });
    if (!isOver || state.reason !== "signed_out") return;
    if (this.next) void this.begin(this.next);
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
    const interaction = this.interaction();
    this.samples = [];
    if (samples.length && interaction) void api.quality(interaction, samples).catch(() => {});
  }

  private set(change: Partial<TelephoneState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

async function load(): Promise<typeof Phone> {
  return (await import(/* @vite-ignore */ `/${__CHUNKS__.phone}`)) as typeof Phone;
}

async function asksForMicrophone(): Promise<boolean> {
  try {
    const { state } = await navigator.permissions.query({ name: "microphone" as PermissionName });
    return state === "prompt";
  } catch {
    return false;
  }
}
