// One customer's way from the click to the end of the call. Knows no markup: it tells `show` what to draw.
import type { PasswordMemory } from "../page/remember";
import type { CallStatus, PageSnapshot, PoolStatus } from "../shared/types";
import { type Api, Refused } from "./api";
import type { Chunks } from "./chunks";
import type { Config } from "./config";
import { Countdown } from "./countdown";
import type { Live } from "./live";
import { type Intent, load, newKey, type Saved, save, visitor } from "./session";

export type Wish = Pick<Intent, "pool" | "skills" | "language" | "product">;

export type Screen =
  | { name: "choose"; pool: PoolStatus | null }
  | { name: "getting" }
  | { name: "call"; status: CallStatus }
  | { name: "ended"; status: CallStatus }
  | { name: "expired"; number: string | null }
  | { name: "refused"; code: string; opensAt: string | null };

export type Shown = {
  screen: Screen | null;
  share: boolean;
  collapsed: boolean;
  connectionLost: boolean;
};

const ALIVE_EVERY = 20_000;
const POLL_WHEN_LIVE = 15_000;
const POLL_ALONE = 3_000;
const KEEP_ENDED = 30_000;

export class Flow {
  readonly countdown = new Countdown();
  private saved: Saved | null = null;
  private screen: Screen | null = null;
  private wish: Wish | null = null;
  private share = true;
  private live: Live | null = null;
  private connectionLost = false;
  private busy = false;
  private nextAlive = 0;
  private lastPoll = 0;
  private endedAt = 0;
  private epoch = 0;

  constructor(
    private readonly config: Config,
    private readonly api: Api,
    private readonly chunks: Chunks,
    private readonly passwords: PasswordMemory,
    private readonly show: (shown: Shown) => void,
    private readonly poolStatus: (pool: string) => Promise<PoolStatus | null>,
  ) {}

  get holdSeconds(): number {
    return this.saved?.holdSeconds ?? 90;
  }

  /** On every page load: go on where the page before left off. */
  async resume(): Promise<void> {
    this.saved = load();
    if (!this.saved) return;
    const { intent, interaction, token } = this.saved;
    this.wish = intent;
    this.share = intent.share;
    if (!interaction || !token) {
      if (this.saved.asked) await this.ask();
      return;
    }
    const epoch = this.epoch;
    try {
      const status = await this.api.status(interaction, token);
      if (epoch !== this.epoch) return;
      if (status.state === "ended") {
        // It ended while the customer was between two pages: they may still have the number in mind.
        this.beginTicking();
        return this.take(status);
      }
      this.follow(status);
      await this.sendPage();
    } catch (error) {
      if (epoch !== this.epoch) return;
      if (error instanceof Refused && error.isOpen) {
        this.connectionLost = true;
        this.beginTicking();
        return;
      }
      const number = this.saved?.number ?? null;
      this.forget();
      this.go({ name: "expired", number });
    }
  }

  /** A button was pressed. */
  open(wish: Wish): void {
    if (this.screen?.name === "call" || this.screen?.name === "getting") return this.collapse(false);
    this.wish = wish;
    this.share = true;
    this.forget();
    void this.chunks.page();
    void this.chunks.live();
    void this.chunks.qr();
    this.go({ name: "choose", pool: null });
    void this.poolStatus(wish.pool).then((pool) => {
      if (this.screen?.name !== "choose" || !pool) return;
      if (!pool.open) this.go({ name: "refused", code: "closed", opensAt: pool.opens_at });
      else if (pool.telephone === "down") this.go({ name: "refused", code: "telephone_down", opensAt: null });
      else this.go({ name: "choose", pool });
    });
  }

  setShare(share: boolean): void {
    this.share = share;
    this.draw();
  }

  /** The customer asks for a number. The same intent keeps its key until the server has answered it. */
  async ask(): Promise<void> {
    if (this.busy || !this.wish) return;
    this.busy = true;
    const epoch = this.epoch;
    if (!this.saved) {
      const intent = { ...this.wish, key: newKey(), share: this.share };
      this.saved = {
        intent,
        asked: true,
        interaction: null,
        token: null,
        number: null,
        holdSeconds: 90,
        collapsed: false,
      };
      save(this.saved);
    }
    this.go({ name: "getting" });
    try {
      const answer = await this.click(this.saved);
      if (epoch !== this.epoch || !this.saved) {
        void this.api.cancel(answer.interaction, answer.token).catch(() => undefined);
        return;
      }
      this.saved = {
        ...this.saved,
        interaction: answer.interaction,
        token: answer.token,
        number: answer.display_number,
        holdSeconds: answer.seconds_left ?? 90,
      };
      save(this.saved);
      this.follow(answer);
    } catch (error) {
      if (epoch === this.epoch)
        this.refused(error instanceof Refused ? error : new Refused("internal", String(error)));
    } finally {
      this.busy = false;
    }
  }

  async cancel(): Promise<void> {
    const { interaction, token } = this.saved ?? {};
    this.close();
    if (!interaction || !token) return;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        await this.api.cancel(interaction, token);
        return;
      } catch (error) {
        if (!(error instanceof Refused && error.isOpen)) return;
        await new Promise((done) => setTimeout(done, 1000));
      }
    }
  }

  close(): void {
    this.forget();
    this.go(null);
  }

  collapse(collapsed: boolean): void {
    if (!this.saved) return;
    this.saved.collapsed = collapsed;
    save(this.saved);
    this.draw();
  }

  /** From now on nobody sees the page: what was shown is replaced by its bare address. */
  async stopShowing(): Promise<void> {
    this.share = false;
    if (this.saved) {
      this.saved.intent.share = false;
      save(this.saved);
    }
    this.draw();
    await this.sendPage();
  }

  retry(): void {
    if (this.wish) void this.ask();
  }

  /** A new wish with the same words: after a refusal, an expiry or an ended call. */
  again(): void {
    const wish = this.wish;
    this.forget();
    if (wish) this.open(wish);
  }

  private async click(saved: Saved): Promise<CallStatus & { token: string }> {
    const { intent } = saved;
    const body = {
      site: this.config.site,
      pool: intent.pool,
      idempotency_key: intent.key,
      visitor: visitor(),
      identity: await this.config.identity().catch(() => null),
      skills: intent.skills,
      language: intent.language,
      product: intent.product,
      page: await this.page(),
    };
    try {
      return await this.api.click(body);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code === "page_too_large") {
        return await this.api.click({ ...body, page: { ...body.page, snapshot: null } });
      }
      // A login that ran out must not keep anyone from calling: they are then a visitor like any other.
      if (error.code.startsWith("identity_")) return await this.api.click({ ...body, identity: null });
      throw error;
    }
  }

  private async page(): Promise<PageSnapshot> {
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

  private async sendPage(): Promise<void> {
    const { interaction, token } = this.saved ?? {};
    if (!interaction || !token) return;
    const page = await this.page();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      if (this.saved?.interaction !== interaction || (page.snapshot && !this.share)) return;
      try {
        await this.api.page(interaction, token, page);
        return;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.code === "page_too_large") page.snapshot = null;
        else if (!error.isOpen) return;
        await new Promise((done) => setTimeout(done, 1000 * (attempt + 1)));
      }
    }
  }

  private follow(status: CallStatus): void {
    this.connectionLost = false;
    this.take(status);
    const { token } = this.saved ?? {};
    if (!token || status.state === "ended") return;
    const epoch = this.epoch;
    this.beginTicking();
    void this.chunks
      .live()
      .then(({ listen }) => {
        if (epoch !== this.epoch) return;
        this.live?.stop();
        this.live = listen(this.config.base, token, (news) => {
          if (epoch === this.epoch) this.take(news);
        });
      })
      .catch(() => undefined);
  }

  /** News of the call, by whichever way it came. Old news, and anything after the end, changes nothing. */
  private take(status: CallStatus): void {
    if (status.interaction !== this.saved?.interaction) return;
    const known = this.screen?.name === "call" ? this.screen.status : null;
    if (this.screen?.name === "ended" || this.screen?.name === "expired") return;
    if (known && Date.parse(status.server_time) < Date.parse(known.server_time)) return;
    this.countdown.set(status.state === "waiting_for_call" ? status.seconds_left : null);
    if (status.state !== "ended") {
      if (status.seconds_left && status.seconds_left > this.holdSeconds)
        this.saved.holdSeconds = status.seconds_left;
      return this.go({ name: "call", status });
    }
    const { number } = this.saved;
    this.forget();
    this.endedAt = performance.now();
    if (status.end_reason === "cancelled") this.go(null);
    else if (status.end_reason === "expired") this.go({ name: "expired", number });
    else this.go({ name: "ended", status });
  }

  private refused(error: Refused): void {
    // Refused is refused: nothing was changed, so the next try is a new intent. An open question keeps its key.
    if (!error.isOpen) {
      this.saved = null;
      save(null);
    }
    const opensAt = typeof error.details.opens_at === "string" ? error.details.opens_at : null;
    this.go({ name: "refused", code: error.code, opensAt });
  }

  private timer: ReturnType<typeof setInterval> | undefined;

  private beginTicking(): void {
    this.nextAlive = performance.now() + ALIVE_EVERY;
    this.lastPoll = performance.now();
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tick(), 500);
  }

  private tick(): void {
    const now = performance.now();
    if (this.screen?.name === "ended" && now - this.endedAt > KEEP_ENDED) return this.close();
    const { interaction, token } = this.saved ?? {};
    if (!interaction || !token) return;
    const waiting = this.screen?.name === "call" && this.screen.status.state === "waiting_for_call";
    const ranOut = waiting && this.countdown.left() === 0;
    if (waiting && !ranOut && now >= this.nextAlive) {
      this.nextAlive = now + ALIVE_EVERY;
      void this.hear(this.api.alive(interaction, token));
    } else if (now - this.lastPoll >= this.pollEvery(ranOut)) {
      this.lastPoll = now;
      void this.hear(this.api.status(interaction, token));
    }
  }

  private pollEvery(ranOut: boolean): number {
    if (ranOut) return 1000;
    return this.live?.connected() ? POLL_WHEN_LIVE : POLL_ALONE;
  }

  private async hear(asked: Promise<CallStatus>): Promise<void> {
    const epoch = this.epoch;
    try {
      const status = await asked;
      if (epoch !== this.epoch) return;
      if (this.connectionLost && this.screen === null) this.follow(status);
      else {
        this.connectionLost = false;
        this.take(status);
      }
    } catch (error) {
      if (epoch !== this.epoch || !(error instanceof Refused)) return;
      if (error.code === "already_ended") {
        this.lastPoll = 0;
      } else if (error.isOpen || error.code === "too_many_requests") {
        this.connectionLost = true;
        this.draw();
      } else {
        const number = this.saved?.number ?? null;
        this.forget();
        this.go({ name: "expired", number });
      }
    }
  }

  private forget(): void {
    this.epoch += 1;
    this.busy = false;
    this.live?.stop();
    this.live = null;
    this.saved = null;
    this.connectionLost = false;
    this.countdown.set(null);
    save(null);
  }

  private go(screen: Screen | null): void {
    this.screen = screen;
    if (!screen) clearInterval(this.timer);
    this.draw();
  }

  private draw(): void {
    this.show({
      screen: this.screen,
      share: this.share,
      collapsed: this.saved?.collapsed ?? false,
      connectionLost: this.connectionLost,
    });
  }
}
