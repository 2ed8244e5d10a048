// One customer's way from the click to the end of the call. Knows no markup: it tells `show` what to draw.
import type { PasswordMemory } from "../page/remember";
import type { PageSnapshot, PoolStatus } from "../shared/types";
import type { Api, Refused } from "./api";
import { CallMe } from "./callMe";
import { CallUs } from "./callUs";
import type { Chunks } from "./chunks";
import type { Config } from "./config";
import type { ChannelName, Screen, Shown } from "./screen";
import { load, type Saved, save, type Wish } from "./session";
import type { Way } from "./way";
import { isTheirs, whenWhoChanges, whoNow } from "./who";

const KEEP_ENDED = 30_000;

export class Flow implements Way {
  readonly callUs: CallUs;
  readonly callMe: CallMe;
  wish: Wish | null = null;
  share = true;
  screen: Screen | null = null;
  pool: PoolStatus | null = null;

  constructor(
    readonly config: Config,
    readonly api: Api,
    readonly chunks: Chunks,
    readonly passwords: PasswordMemory,
    private readonly show: (shown: Shown) => void,
    private readonly poolStatus: (pool: string, afresh?: boolean) => Promise<PoolStatus | null>,
  ) {
    this.callUs = new CallUs(this);
    this.callMe = new CallMe(this);
    whenWhoChanges(config, (who) => void this.isNow(who));
  }

  async resume(): Promise<void> {
    const saved = load();
    if (!saved) return;
    if (saved.intent.who && !isTheirs(saved.intent.who, await whoNow(this.config))) return this.leave(saved);
    this.wish = saved.intent;
    this.share = saved.intent.share;
    void this.askPool();
    if (saved.channel === "call_me") await this.callMe.resume(saved);
    else await this.callUs.resume(saved);
  }

  /** Somebody else is at this browser, or nobody: what was asked for before is not theirs to see. */
  private async isNow(who: string | null): Promise<void> {
    const saved = this.callUs.saved ?? this.callMe.saved;
    if (!saved || isTheirs(saved.intent.who, who)) return;
    this.close();
    save(saved);
    await this.leave(saved);
  }

  /** A number that nobody here will call is free again; who asked to be called still is, and a call goes on. */
  private async leave(saved: Saved): Promise<void> {
    const { interaction, token } = saved;
    if (saved.channel === "call_us" && interaction && token)
      await this.api.callUs.cancel(interaction, token).catch(() => undefined);
    // Only now: if they went on to another page meanwhile, that one does it.
    if (load()?.intent.key === saved.intent.key) save(null);
  }

  /** A button was pressed. What is under way is shown again; there is one call at a time. */
  open(wish: Wish): void {
    const underWay = ["getting", "call", "request", "change", "proof"];
    if (this.screen && underWay.includes(this.screen.name)) return this.collapse(false);
    this.wish = wish;
    this.share = true;
    this.pool = null;
    this.forget();
    void this.chunks.page();
    void this.chunks.live();
    void this.chunks.qr();
    this.go({ name: "choose", pool: null });
    void this.askPool().then(() => {
      const { pool } = this;
      if (this.screen?.name !== "choose" || !pool) return;
      if (!pool.open) this.refuse("closed", { opens_at: pool.opens_at });
      else if (pool.telephone === "down") this.refuse("telephone_down");
      else this.go({ name: "choose", pool });
    });
  }

  /** What the pool says now; drawn where it matters. */
  async askPool(afresh = false): Promise<void> {
    const { wish } = this;
    const pool = wish ? await this.poolStatus(wish.pool, afresh) : null;
    if (!pool || wish !== this.wish) return;
    this.pool = pool;
    this.draw();
  }

  back(): void {
    this.forget();
    this.go({ name: "choose", pool: this.pool });
  }

  setShare(share: boolean): void {
    this.share = share;
    this.draw();
  }

  close(): void {
    this.forget();
    this.go(null);
  }

  /** What has ended is kept in view for half a minute. */
  closeLater(): void {
    const { screen } = this;
    setTimeout(() => screen && this.screen === screen && this.close(), KEEP_ENDED);
  }

  collapse(collapsed: boolean): void {
    if (this.callUs.saved) this.callUs.keep({ collapsed });
    this.callMe.keep({ collapsed });
    this.draw();
  }

  /** From now on nobody sees the page: what was shown is replaced by its bare address. */
  async stopShowing(): Promise<void> {
    this.share = false;
    for (const channel of [this.callUs, this.callMe]) {
      if (channel.saved) channel.keep({ intent: { ...channel.saved.intent, share: false } });
    }
    this.draw();
    const channel = this.callMe.saved ? this.callMe : this.callUs;
    await channel.stopSharing("stopped");
    await channel.sendPage();
  }

  /** The same question once more. */
  retry(channel: ChannelName): void {
    if (!this.wish) return;
    if (channel === "call_me") void this.callMe.retry();
    else void this.callUs.ask();
  }

  /** A new wish with the same words: after a refusal, an expiry or an ended call. */
  again(): void {
    const { wish } = this;
    this.forget();
    if (wish) this.open(wish);
  }

  callUsInstead(): void {
    this.forget();
    void this.callUs.ask();
  }

  callMeInstead(): void {
    this.forget();
    this.callMe.open();
  }

  refused(channel: ChannelName, error: Refused): void {
    this.go({ name: "refused", channel, code: error.code, details: error.details });
  }

  async page(): Promise<PageSnapshot> {
    try {
      const { takePage } = await this.chunks.page();
      return takePage(document, this.passwords, this.share);
    } catch (error) {
      console.warn("ctiapp: the page could not be taken", error);
      const viewport = { width: innerWidth, height: innerHeight };
      const url = location.origin + location.pathname;
      return {
        url,
        title: "",
        taken_at: new Date().toISOString(),
        viewport,
        hidden_fields: 0,
        snapshot: null,
      };
    }
  }

  go(screen: Screen | null): void {
    this.screen = screen;
    this.draw();
  }

  draw(): void {
    const { screen, share, callUs, callMe } = this;
    this.show({
      screen,
      share,
      collapsed: (callUs.saved ?? callMe.saved)?.collapsed ?? false,
      connectionLost: callUs.connectionLost || callMe.connectionLost,
      callsBack: Boolean(this.pool?.call_me),
    });
  }

  private refuse(code: string, details: Record<string, unknown> = {}): void {
    this.go({ name: "refused", channel: "call_us", code, details });
  }

  private forget(): void {
    this.callUs.forget();
    this.callMe.forget();
  }
}
