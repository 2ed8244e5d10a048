// What Call us and Call me have in common: one question, then news of it by socket and, where that is silent, by asking.

import type { Sharing } from "../live";
import type { Click } from "./api";
import { Refused } from "./api";
import { identityOf } from "./config";
import type { Live } from "./live";
import { type Intent, type Kept, newKey, type Saved, save, visitor } from "./session";
import type { Way } from "./way";
import { subjectOf } from "./who";

export type Heard = { interaction: string; server_time: string };

export type Calls<S> = {
  status(interaction: string, token: string): Promise<S>;
  page(interaction: string, token: string, page: Click["page"], packed?: boolean): Promise<unknown>;
  cancel(interaction: string, token: string): Promise<S>;
};

const POLL_WHEN_LIVE = 15_000;
const POLL_ALONE = 3_000;

export abstract class Channel<S extends Heard, K extends Kept & Saved> {
  saved: K | null = null;
  connectionLost = false;
  busy = false;
  protected epoch = 0;
  private live: Live | null = null;
  private sharing: Sharing | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private lastPoll = 0;

  constructor(protected readonly way: Way) {}

  protected abstract readonly calls: Calls<S>;
  protected abstract isOver(status: S): boolean;
  /** News, by whichever way it came. */
  protected abstract take(status: S): void;
  /** On a page load, with a question that was not answered yet. */
  protected abstract askAgain(): Promise<void>;
  /** The server knows nothing of it any more. */
  protected abstract gone(): void;

  /** On every page load: go on where the page before left off. */
  async resume(saved: K): Promise<void> {
    this.saved = saved;
    const { interaction, token } = saved;
    if (!interaction || !token) {
      if (saved.asked) await this.askAgain();
      return;
    }
    const epoch = this.epoch;
    try {
      const status = await this.calls.status(interaction, token);
      if (epoch !== this.epoch) return;
      this.follow(status);
      if (!this.isOver(status)) await this.sendPage();
    } catch (error) {
      if (epoch !== this.epoch) return;
      if (error instanceof Refused && error.isOpen) {
        this.connectionLost = true;
        this.beginTicking();
        return;
      }
      this.gone();
    }
  }

  /** The call was asked for and has not ended: tells the server so that nobody waits, then forgets it. */
  async cancel(): Promise<void> {
    const { interaction, token } = this.saved ?? {};
    this.way.close();
    if (!interaction || !token) return;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        await this.calls.cancel(interaction, token);
        return;
      } catch (error) {
        if (!(error instanceof Refused && error.isOpen)) return;
        await new Promise((done) => setTimeout(done, 1000));
      }
    }
  }

  forget(): void {
    this.epoch += 1;
    this.busy = false;
    void this.stopSharing("ended");
    this.live?.stop();
    this.live = null;
    this.saved = null;
    this.connectionLost = false;
    clearInterval(this.timer);
    save(null);
  }

  keep(change: Partial<K>): void {
    if (!this.saved) return;
    this.saved = { ...this.saved, ...change };
    save(this.saved);
  }

  /** The page as it is now; without its content when the customer does not want it shown. */
  async sendPage(): Promise<void> {
    const { interaction, token } = this.saved ?? {};
    if (!interaction || !token) return;
    const page = await this.way.page();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      if (this.saved?.interaction !== interaction || (page.snapshot && !this.way.share)) return;
      try {
        await this.calls.page(interaction, token, page);
        return;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.code === "page_too_large") page.snapshot = null;
        else if (!error.isOpen) return;
        await new Promise((done) => setTimeout(done, 1000 * (attempt + 1)));
      }
    }
  }

  protected newIntent(): Intent {
    const { wish, share } = this.way;
    if (!wish) throw new Error("nothing was wished for");
    return { ...wish, key: newKey(), share };
  }

  /** The same intent keeps its key until the server has answered it. */
  protected async click<A>(intent: Intent, post: (click: Click) => Promise<A>): Promise<A> {
    const identity = await identityOf(this.way.config);
    if (this.saved) this.keep({ intent: { ...this.saved.intent, who: subjectOf(identity) } } as Partial<K>);
    const body: Click = {
      site: this.way.config.site,
      pool: intent.pool,
      idempotency_key: intent.key,
      visitor: visitor(),
      identity,
      skills: intent.skills,
      language: intent.language,
      product: intent.product,
      page: await this.way.page(),
    };
    try {
      return await post(body);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code === "page_too_large")
        return await post({ ...body, page: { ...body.page, snapshot: null } });
      // A login that ran out must not keep anyone from calling: they are then a visitor like any other.
      if (error.code.startsWith("identity_")) return await post({ ...body, identity: null });
      throw error;
    }
  }

  protected follow(status: S): void {
    this.connectionLost = false;
    this.take(status);
    const { token } = this.saved ?? {};
    if (!token || this.isOver(status)) return;
    const epoch = this.epoch;
    this.beginTicking();
    void this.way.chunks
      .live()
      .then(({ listen }) => {
        if (epoch !== this.epoch) return;
        this.live?.stop();
        this.live = listen<S>(this.way.config.base, token, (news) => {
          if (epoch === this.epoch) this.take(news);
        });
        return this.startSharing(epoch, this.live.line);
      })
      .catch(() => undefined);
  }

  /** The page is live while the customer agrees: nothing of it is recorded before an agent watches. */
  private async startSharing(epoch: number, line: Live["line"]): Promise<void> {
    const current = () => epoch === this.epoch && this.live?.line === line && this.way.share;
    const { share } = await this.way.chunks.share();
    const { interaction, token } = this.saved ?? {};
    if (!current() || !interaction || !token) return;
    void this.stopSharing("ended");
    this.sharing = share({
      document,
      passwords: this.way.passwords,
      line,
      put: (page) => this.calls.page(interaction, token, page, true),
    });
  }

  /** Resolves when nothing of the page is on its way any more. */
  async stopSharing(why: "stopped" | "ended"): Promise<void> {
    const { sharing } = this;
    this.sharing = null;
    await sharing?.stop(why);
  }

  protected beginTicking(): void {
    this.lastPoll = performance.now();
    clearInterval(this.timer);
    this.timer = setInterval(() => {
      const { interaction, token } = this.saved ?? {};
      if (interaction && token) this.tick(performance.now(), interaction, token);
    }, 500);
  }

  protected tick(now: number, interaction: string, token: string): void {
    if (now - this.lastPoll < this.pollEvery()) return;
    this.lastPoll = now;
    void this.hear(this.calls.status(interaction, token));
  }

  protected pollEvery(): number {
    return this.live?.connected() ? POLL_WHEN_LIVE : POLL_ALONE;
  }

  protected async hear(asked: Promise<S>): Promise<void> {
    const epoch = this.epoch;
    try {
      const status = await asked;
      if (epoch !== this.epoch) return;
      if (this.connectionLost && this.way.screen === null) this.follow(status);
      else {
        this.connectionLost = false;
        this.take(status);
      }
    } catch (error) {
      if (epoch !== this.epoch || !(error instanceof Refused)) return;
      if (error.code === "already_ended") this.lastPoll = 0;
      else if (error.isOpen || error.code === "too_many_requests") {
        this.connectionLost = true;
        this.way.draw();
      } else this.gone();
    }
  }
}
