// Call us: a number that is the customer's alone, until they have called it.
import type { WindowStep } from "../shared/callWindow";
import type { CallStatus } from "../shared/types";
import { Refused } from "./api";
import { CallWindow } from "./callWindow";
import { Channel } from "./channel";
import { Countdown } from "./countdown";
import { type KeptCallUs, save } from "./session";

const ALIVE_EVERY = 20_000;

export class CallUs extends Channel<CallStatus, KeptCallUs> {
  readonly countdown = new Countdown();
  readonly window = new CallWindow(this.way.config.base, (before) => this.windowTold(before));
  protected readonly calls = this.way.api.callUs;
  private nextAlive = 0;

  get holdSeconds(): number {
    return this.saved?.holdSeconds ?? 90;
  }

  /** The customer asks for a number. */
  async ask(): Promise<void> {
    if (this.busy || !this.way.wish) return;
    this.busy = true;
    const epoch = this.epoch;
    if (!this.saved) {
      this.saved = {
        channel: "call_us",
        intent: this.newIntent(),
        asked: true,
        interaction: null,
        token: null,
        number: null,
        holdSeconds: 90,
        collapsed: false,
      };
      save(this.saved);
    }
    this.way.go({ name: "getting", channel: "call_us" });
    try {
      const answer = await this.click(this.saved.intent, this.calls.click);
      if (epoch !== this.epoch || !this.saved) {
        void this.calls.cancel(answer.interaction, answer.token).catch(() => undefined);
        return;
      }
      const { interaction, token, display_number, seconds_left } = answer;
      this.keep({ interaction, token, number: display_number, holdSeconds: seconds_left ?? 90 });
      this.follow(answer);
    } catch (error) {
      if (epoch === this.epoch)
        this.refused(error instanceof Refused ? error : new Refused("internal", String(error)));
    } finally {
      this.busy = false;
    }
  }

  get mayHavePictures(): boolean {
    const { screen } = this.way;
    return screen?.name === "call" && screen.status.video !== false;
  }

  /** From this page, in the click itself: later a browser would open no window. */
  callFromPage(video: boolean): void {
    const { interaction, token } = this.saved ?? {};
    if (interaction && token) this.window.open(interaction, token, video);
  }

  override async cancel(): Promise<void> {
    this.window.close();
    await super.cancel();
  }

  override forget(): void {
    this.window.stop();
    super.forget();
    this.countdown.set(null);
  }

  protected async askAgain(): Promise<void> {
    await this.ask();
  }

  protected isOver(status: CallStatus): boolean {
    return status.state === "ended";
  }

  protected gone(): void {
    const number = this.saved?.number ?? null;
    this.forget();
    this.way.go({ name: "expired", number });
  }

  /** Old news, and anything after the end, changes nothing. */
  protected take(status: CallStatus): void {
    if (status.interaction !== this.saved?.interaction) return;
    const { screen } = this.way;
    const known = screen?.name === "call" ? screen.status : null;
    if (known && Date.parse(status.server_time) < Date.parse(known.server_time)) return;
    this.countdown.set(status.state === "waiting_for_call" ? status.seconds_left : null);
    if (status.state !== "ended") {
      this.window.listen(status.interaction);
      if (status.seconds_left && status.seconds_left > this.holdSeconds)
        this.saved.holdSeconds = status.seconds_left;
      return this.way.go({ name: "call", status });
    }
    const { number } = this.saved;
    this.forget();
    if (status.end_reason === "cancelled") this.way.go(null);
    else if (status.end_reason === "expired") this.way.go({ name: "expired", number });
    else this.way.go({ name: "ended", status });
    this.way.closeLater();
  }

  protected override beginTicking(): void {
    this.nextAlive = performance.now() + ALIVE_EVERY;
    super.beginTicking();
  }

  protected override tick(now: number, interaction: string, token: string): void {
    if (this.isWaiting && !this.ranOut && now >= this.nextAlive) {
      this.nextAlive = now + ALIVE_EVERY;
      void this.hear(this.calls.alive(interaction, token));
    } else super.tick(now, interaction, token);
  }

  protected override pollEvery(): number {
    return this.ranOut ? 1000 : super.pollEvery();
  }

  private get isWaiting(): boolean {
    const { screen } = this.way;
    return screen?.name === "call" && screen.status.state === "waiting_for_call";
  }

  private get ranOut(): boolean {
    return this.isWaiting && this.countdown.left() === 0;
  }

  /** Once they talk, the panel is in nobody's way. */
  private windowTold(before: WindowStep | null): void {
    if (before && before !== "talking" && this.window.news?.step === "talking")
      this.keep({ collapsed: true });
    this.way.draw();
  }

  private refused(error: Refused): void {
    // Refused is refused: nothing was changed, so the next try is a new intent. An open question keeps its key.
    if (!error.isOpen) {
      this.saved = null;
      save(null);
    }
    this.way.refused("call_us", error);
  }
}
