// The telephone in a page: one line, one call at a time. Knows no markup; it tells `show` what it is in.
import { theirCodec } from "./codec";
import type { Access, Call, Line, MakeLine } from "./line";
import { isInCall, type News, OFF, type Reason, type State, step } from "./machine";
import type { Kept, Memory } from "./memory";
import { type Counters, measure, type Sample } from "./quality";

const MEASURE_EVERY = 5_000;
/** A hidden tab's timers may come once a minute. */
const ASLEEP_AFTER = 90_000;
/** Milliseconds. */
const WHOLE_AFTER = [1_000, 3_000];

export type Ports = {
  line: MakeLine;
  openMicrophone(id: string | null): Promise<MediaStream>;
  microphoneReason(error: unknown): Reason;
  speaker: { use(id: string | null): Promise<void>; play(stream: MediaStream): void; stop(): void };
  /** Null: whoever opens the page may call, in as many tabs as they like (a customer). */
  owner: { own(takeOver?: boolean): Promise<boolean>; give(): void } | null;
  /** Null: a call ends with its page. */
  memory: Memory | null;
  now(): number;
};

export type Wishes = {
  access(): Promise<Access>;
  registers: boolean;
  autoAnswer?: boolean;
  microphone?: string | null;
  speaker?: string | null;
  show(state: State): void;
  quality?(sample: Sample): void;
  /** The other side shows its camera, or (null) no longer. Seeing is for the person here to agree to. */
  video?(stream: MediaStream | null): void;
};

export class Telephone {
  state: State = OFF;
  private line: Line | null = null;
  private call: Call | null = null;
  private own: MediaStream | null = null;
  private camera: MediaStream | null = null;
  private counters: Counters = { received: 0, lost: 0 };
  private timer: ReturnType<typeof setInterval> | null = null;
  private ticked = 0;
  private starts = 0;
  /** No call is to come after the one that is here. */
  private isClosed = false;

  constructor(
    private readonly ports: Ports,
    private readonly wishes: Wishes,
  ) {}

  /** The microphone first: without one nobody could hear us, so no call may be offered. */
  async start(takeOver = false): Promise<void> {
    if (isInCall(this.state)) return;
    this.drop();
    this.starts += 1;
    const start = this.starts;
    this.take({ kind: "started" });
    const { ports, wishes } = this;
    if (ports.owner && !(await ports.owner.own(takeOver))) return this.refuse(start, "other_tab");
    try {
      const own = await ports.openMicrophone(wishes.microphone ?? null);
      if (start !== this.starts) return stopTracks(own);
      this.keep(own);
    } catch (error) {
      return this.refuse(start, ports.microphoneReason(error));
    }
    await ports.speaker.use(wishes.speaker ?? null);
    try {
      const access = await wishes.access();
      if (start !== this.starts) return;
      this.line = ports.line(access, wishes.registers, {
        up: () => this.lineUp(),
        down: (reason) => this.take({ kind: "line_down", reason }),
        incoming: (call) => this.incoming(call),
      });
    } catch {
      return this.refuse(start, "server_unreachable");
    }
    this.line.start();
    this.ticked = ports.now();
    this.timer = setInterval(() => void this.tick(), MEASURE_EVERY);
  }

  stop(): void {
    this.starts += 1;
    this.drop();
    this.ports.owner?.give();
    this.take({ kind: "stopped" });
  }

  /** Another tab has the telephone from now on. The call that is here stays here until it ends. */
  takenOver(): void {
    this.closeLine("taken_over");
  }

  /** No more calls come here. The call that is here goes on until it ends; then it is as after stop(). */
  leave(): void {
    if (!isInCall(this.state)) return this.stop();
    this.ports.owner?.give();
    this.closeLine("signed_out");
  }

  /** Once there is a line; what was asked before that is called when it is. */
  dial(target: string): void {
    if (!this.line || !this.own || isInCall(this.state)) return;
    this.take({ kind: "dialled" });
    this.follow(this.line.call(target, this.own));
  }

  answer(): void {
    if (this.state.name === "ringing" && this.own) this.call?.answer(this.own);
  }

  hangUp(): void {
    this.call?.hangUp();
  }

  mute(muted: boolean): void {
    if (!isInCall(this.state)) return;
    this.call?.mute(muted);
    this.take({ kind: "muted", muted });
    this.remember();
  }

  async hold(held: boolean): Promise<void> {
    const { call } = this;
    if (this.state.name !== (held ? "talking" : "held") || !call || this.isCut) return;
    if (await call.hold(held)) this.take({ kind: held ? "held" : "resumed" });
    if (!held && this.camera && call.connection) this.showWhole(call.connection);
    this.remember();
  }

  /** One of 0-9, *, #, A-D. */
  press(key: string): void {
    if (/^[0-9*#A-D]$/.test(key) && this.state.name === "talking") this.call?.press(key);
  }

  /** Also in a call: the other side hears the new one from now on. */
  async useMicrophone(id: string | null): Promise<void> {
    this.wishes.microphone = id;
    if (!this.own) return;
    const fresh = await this.ports.openMicrophone(id);
    const [track] = fresh.getAudioTracks();
    if (track) track.enabled = !this.state.muted && this.state.name !== "held";
    const senders = this.call?.connection?.getSenders() ?? [];
    await senders.find((one) => one.track?.kind === "audio")?.replaceTrack(track ?? null);
    stopTracks(this.own);
    this.keep(fresh);
  }

  async useSpeaker(id: string | null): Promise<void> {
    this.wishes.speaker = id;
    await this.ports.speaker.use(id);
  }

  /** What the microphone hears, for a meter. */
  get microphone(): MediaStream | null {
    return this.own;
  }

  get connection(): RTCPeerConnection | null {
    return this.call?.connection ?? null;
  }

  /** Our camera is seen from now on: its picture, or null where the call cannot have it. */
  async showCamera(open: () => Promise<MediaStream>): Promise<MediaStream | null> {
    const { connection } = this;
    if (this.state.name !== "talking" || !connection || this.camera || this.isCut) return this.camera;
    const camera = await open();
    const [track] = camera.getVideoTracks();
    if (!track || this.connection !== connection) {
      stopTracks(camera);
      return null;
    }
    this.camera = camera;
    const waiting = connection.getTransceivers().find(isSpareVideo);
    if (waiting) {
      await waiting.sender.replaceTrack(track);
      waiting.direction = "sendrecv";
    } else connection.addTrack(track, ...(this.own ? [this.own] : []));
    if (await this.call?.offerAnew()) {
      this.showWhole(connection);
      return camera;
    }
    await this.hideCamera();
    return null;
  }

  /** Another camera from now on, where one is shown: nothing is offered anew, the other side sees its next key frame. */
  async useCamera(open: () => Promise<MediaStream>): Promise<MediaStream | null> {
    const { connection, camera } = this;
    if (!camera || !connection) return null;
    const fresh = await open();
    const sender = connection.getSenders().find(sendsPicture);
    await sender?.replaceTrack(fresh.getVideoTracks()[0] ?? null);
    stopTracks(camera);
    this.camera = fresh;
    return fresh;
  }

  /**
   * Whoever begins to look needs a whole picture first, and not every telephone can ask for one: a stream that is let go
   * on begins with one. Once the re-INVITE must have come to the other side, and again for one that was slow.
   */
  private showWhole(connection: RTCPeerConnection): void {
    for (const after of WHOLE_AFTER) setTimeout(() => void this.beginPicture(connection), after);
  }

  private async beginPicture(connection: RTCPeerConnection): Promise<void> {
    await this.sendWhatTheySend(connection);
    for (const active of [false, true]) {
      const sender = connection.getSenders().find(sendsPicture);
      const parameters = sender?.getParameters();
      if (!sender || !parameters?.encodings.length || this.connection !== connection) return;
      for (const one of parameters.encodings) one.active = active;
      await sender.setParameters(parameters).catch(() => {});
    }
  }

  /** Also later in the call: who is called next may have another telephone. */
  private async sendWhatTheySend(connection: RTCPeerConnection): Promise<void> {
    const reports: Record<string, unknown>[] = [];
    (await connection.getStats()).forEach((report) => {
      reports.push(report);
    });
    const sender = connection.getSenders().find(sendsPicture);
    const parameters = sender?.getParameters();
    if (!sender || !parameters || this.connection !== connection) return;
    const codec = theirCodec(reports, parameters.codecs);
    if (!codec) return;
    for (const one of parameters.encodings) Object.assign(one, { codec }); // the types do not know it yet
    await sender.setParameters(parameters).catch(() => {});
  }

  async hideCamera(): Promise<void> {
    const { camera, connection } = this;
    this.camera = null;
    if (!camera) return;
    stopTracks(camera);
    if (!connection) return;
    for (const one of connection.getTransceivers()) {
      if (one.sender.track?.kind !== "video") continue;
      await one.sender.replaceTrack(null);
      one.direction = "recvonly";
    }
    await this.call?.offerAnew();
  }

  /** Nothing can be said to the switch. Whoever tried would lose the call. */
  private get isCut(): boolean {
    return !this.state.line && this.state.reason === "server_unreachable";
  }

  // ---- after a reload ---------------------------------------------------------------------------------------

  private remember(): void {
    const dialog = this.call?.dialog;
    const { name, caller, since, muted } = this.state;
    if (dialog && since !== null) {
      this.ports.memory?.keep({ dialog, caller, since, muted, held: name === "held" });
    }
  }

  private lineUp(): void {
    const isNew = this.state.name === "connecting";
    const wasLost = !this.state.line && this.state.reason !== null;
    this.take({ kind: "line_up" });
    // The switch answers where it was spoken to last: without this it would say its goodbye to a line that is gone.
    if (wasLost && this.state.since !== null && isInCall(this.state)) void this.call?.offerAnew(true);
    if (isNew) void this.ports.memory?.take().then((kept) => kept && this.takeUp(kept));
  }

  /** As it was: nobody is heard who was muted, or had the other on hold. */
  private takeUp(kept: Kept): void {
    const { line, own } = this;
    if (!line || !own || this.state.name !== "registered") return;
    const { caller, muted, since, held } = kept;
    this.take({ kind: "taken_up", caller, muted, since });
    for (const track of own.getAudioTracks()) track.enabled = !muted && !held;
    const call = line.takeUp(kept.dialog, own);
    this.follow(call, () => {
      if (held) void this.hold(true);
      if (muted) call.mute(true);
    });
  }

  // ---- news ------------------------------------------------------------------------------------------------

  private incoming(call: Call): void {
    if (isInCall(this.state)) return call.hangUp();
    this.follow(call);
    this.take({ kind: "incoming", caller: call.caller });
    if (this.wishes.autoAnswer) this.answer();
  }

  private follow(call: Call, then: () => void = () => {}): void {
    this.call = call;
    this.counters = { received: 0, lost: 0 };
    call.follow({
      answered: () => {
        this.take({ kind: "answered", at: this.ports.now() });
        this.remember();
        then();
      },
      ended: (reason) => this.over(call, reason),
      media: (stream) => {
        if (this.call !== call) return;
        // The picture may come in a stream of its own.
        if (stream.getAudioTracks().length) this.ports.speaker.play(stream);
        this.watchPicture(call, stream);
      },
    });
  }

  private watchPicture(call: Call, stream: MediaStream): void {
    const [track] = stream.getVideoTracks();
    if (!track) return;
    const show = (shown: MediaStream | null) => this.call === call && this.wishes.video?.(shown);
    track.addEventListener("unmute", () => show(stream));
    track.addEventListener("mute", () => show(null));
    if (!track.muted) show(stream);
  }

  private over(call: Call, reason: Reason): void {
    if (this.call !== call) return;
    this.call = null;
    this.ports.memory?.forget();
    this.ports.speaker.stop();
    if (this.camera) stopTracks(this.camera);
    this.camera = null;
    this.wishes.video?.(null);
    for (const track of this.own?.getAudioTracks() ?? []) track.enabled = true;
    this.take({ kind: "ended", reason });
    // A line that was only lost finds its way back by itself.
    if (this.isClosed && this.state.name === "refused") this.drop();
  }

  /** Leave that is withdrawn, or a headset that is pulled, ends the track. */
  private keep(own: MediaStream): void {
    this.own = own;
    const [track] = own.getAudioTracks();
    track?.addEventListener("ended", () => {
      if (this.own !== own) return;
      this.closeLine("microphone_lost");
    });
  }

  private closeLine(reason: Reason): void {
    this.line?.close();
    this.isClosed = true;
    this.take({ kind: "refused", reason });
    if (!isInCall(this.state)) this.drop();
  }

  private async tick(): Promise<void> {
    const now = this.ports.now();
    const slept = now - this.ticked > ASLEEP_AFTER;
    this.ticked = now;
    if (slept && this.line) {
      this.take({ kind: "line_down", reason: "asleep" });
      this.line.refresh();
    }
    await this.measure();
    if (this.camera && this.connection) await this.sendWhatTheySend(this.connection);
  }

  private async measure(): Promise<void> {
    const { call, wishes } = this;
    if (!call?.connection || !wishes.quality || this.state.since === null) return;
    const stats = await call.connection.getStats();
    const reports: Record<string, unknown>[] = [];
    stats.forEach((report) => {
      reports.push(report);
    });
    const found = measure(reports, this.counters, new Date(this.ports.now()));
    if (!found || this.call !== call) return;
    this.counters = found.counters;
    wishes.quality(found.sample);
  }

  private refuse(start: number, reason: Reason): void {
    if (start !== this.starts) return;
    if (reason !== "other_tab") this.ports.owner?.give();
    this.take({ kind: "refused", reason });
  }

  private drop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    if (this.call) this.ports.memory?.forget();
    const { line, own, camera } = this;
    this.line = this.call = this.own = this.camera = null;
    this.isClosed = false;
    line?.stop();
    this.ports.speaker.stop();
    for (const stream of [own, camera]) if (stream) stopTracks(stream);
  }

  private take(news: News): void {
    const next = step(this.state, news);
    if (next === this.state) return;
    this.state = next;
    this.wishes.show(next);
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function sendsPicture(one: RTCRtpSender): boolean {
  return one.track?.kind === "video";
}

function isSpareVideo(one: RTCRtpTransceiver): boolean {
  return one.receiver.track.kind === "video" && !one.sender.track && one.currentDirection !== "stopped";
}
