// The live page at the customer's: starts when they agreed and an agent watches, ends at one click or with the interaction.
// Loaded on demand; nothing here knows the panel, the panel is told what is going on.
import { addressOf } from "../page";
import { allowedBy } from "../page/allowed";
import type { Rules } from "../page/masking";
import type { PasswordMemory } from "../page/remember";
import { Secrets } from "../page/secrets";
import type { Ack, Change, Message, Point, Proposal } from "../shared/live";
import type { PageSnapshot } from "../shared/types";
import { Outbox } from "./outbox";
import { Overlay } from "./overlay";
import type { Recorder } from "./recorder";

const FLUSH_AFTER = 30;
const LOOK_EVERY = 250;
const ANSWER_WITHIN = 8000;
/** A picture of a page costs the customer's browser time: it may take a twentieth of it, and never more than one in this. */
const PICTURE_EVERY = 1500;
const SHARE_OF_TIME = 20;
const SETTLES_WITHIN = 1000;
const MOST_ELEMENTS = 40_000;

/** What is used of a Socket.IO socket. */
export type Line = {
  readonly connected: boolean;
  on(event: string, heard: (said: unknown) => void): unknown;
  off(event: string, heard: (said: unknown) => void): unknown;
  emit(event: string, said: unknown): unknown;
  timeout(ms: number): { emitWithAck(event: string, said: unknown): Promise<unknown> };
};

export type Needs = {
  document: Document;
  passwords: PasswordMemory;
  line: Line;
  /** `PUT …/page`; throws what has a `code` when it is refused. */
  put(page: PageSnapshot & { take: string }): Promise<unknown>;
  /** Somebody sees the page now, or nobody does. */
  watched?(by: string | null): void;
  /** The customer opens a page that was proposed. */
  go?(url: string): void;
};

export type Sharing = {
  /** "stopped": the customer does not want it any more; "ended": the call is over. Resolves when nothing is on its way. */
  stop(why: "stopped" | "ended"): Promise<unknown>;
};

export function share(needs: Needs): Sharing {
  const sharing = new Share(needs);
  sharing.start();
  return { stop: (why) => sharing.stop(why) };
}

class Share {
  private readonly rules: Rules;
  private readonly overlay: Overlay;
  private readonly outbox = new Outbox({
    send: (message) => this.send(message),
    finish: (change) => this.finish(change),
    overflow: () => this.pictureSoon(),
    unwatched: () => this.rest(),
  });
  private recorder: Recorder | null = null;
  private stopped = false;
  private watched = false;
  private told = "";
  private flushing: ReturnType<typeof setTimeout> | undefined;
  private looking: ReturnType<typeof setInterval> | undefined;
  private picturing: ReturnType<typeof setTimeout> | undefined;
  private putting: Promise<unknown> = Promise.resolve();
  private picturedAt = Number.NEGATIVE_INFINITY;
  private cost = 0;
  private readonly ends: (() => void)[] = [];

  constructor(private readonly needs: Needs) {
    const { document, passwords } = needs;
    this.rules = { passwords, allowed: allowedBy(document), secrets: new Secrets() };
    this.overlay = new Overlay(document);
  }

  start(): void {
    const { line, document } = this.needs;
    this.hear("connect", () => this.hello());
    this.hear("page_watch", ({ agent }: { agent: string | null }) => void this.watch(agent));
    this.hear("page_unwatch", () => this.rest());
    this.hear("page_point", (point: Point & { agent: string | null }) => this.point(point));
    this.hear("page_propose", (proposal: Proposal) => this.proposal(proposal));
    this.listen(document, "visibilitychange", () => (document.hidden ? this.pause() : this.hello()));
    this.listen(document, "mousemove", (event) => {
      const { clientX, clientY } = event as MouseEvent;
      if (this.recorder) this.put({ op: "mouse", x: clientX, y: clientY });
    });
    if (line.connected) this.hello();
  }

  stop(why: "stopped" | "ended"): Promise<unknown> {
    if (this.stopped) return this.putting;
    this.stopped = true;
    if (why === "stopped") this.needs.line.emit("page_state", { state: "stopped" });
    this.rest();
    for (const end of this.ends.splice(0)) end();
    return this.putting;
  }

  private hello(): void {
    if (this.stopped || this.needs.document.hidden) return;
    void this.ask("page_hello", {}).then((ack) => {
      const name = (ack as { watched_by?: string | null } | null)?.watched_by;
      if (name) void this.watch(name);
    });
  }

  private pause(): void {
    this.needs.line.emit("page_state", { state: "paused" });
  }

  /** Somebody watches: from now on what happens is told, beginning with a picture. */
  private async watch(agent: string | null): Promise<void> {
    if (this.stopped) return;
    this.watched = true;
    this.needs.watched?.(agent);
    if (this.recorder) return this.pictureSoon();
    if (this.needs.document.getElementsByTagName("*").length > MOST_ELEMENTS) return this.tooLarge();
    const loaded = await import("./recorder").catch(() => null);
    // It may have ended, or begun, meanwhile.
    if (loaded && this.watched && !this.recorder) this.record(loaded.Recorder);
  }

  private record(Kind: typeof Recorder): void {
    this.recorder = new Kind(this.needs.document, this.rules, {
      picture: (page) => this.picture(page),
      change: (change) => this.put(change),
      stale: () => this.pictureSoon(),
    });
    this.looking = setInterval(() => this.look(), LOOK_EVERY);
    this.measured(() => this.recorder?.start());
  }

  /** Nobody watches: nothing is recorded. */
  private rest(): void {
    this.watched = false;
    this.recorder?.stop();
    this.recorder = null;
    this.outbox.end();
    this.overlay.remove();
    clearInterval(this.looking);
    clearTimeout(this.flushing);
    clearTimeout(this.picturing);
    this.flushing = this.picturing = undefined;
    this.needs.watched?.(null);
  }

  private picture(page: PageSnapshot): void {
    const take = newTake();
    if (!page.snapshot) return this.tooLarge();
    this.outbox.begin(take);
    this.told = JSON.stringify(addressOf(this.needs.document, this.rules));
    // One after the other: the newest is the one that stays.
    this.putting = this.putting
      .then(() => (this.stopped ? null : this.needs.put({ ...page, take })))
      .catch((error: { code?: string }) => {
        if (this.stopped) return;
        if (error?.code === "page_too_large") this.tooLarge();
        else this.pictureSoon();
      });
  }

  private pictureSoon(within = 0): void {
    if (this.picturing || !this.recorder) return;
    const since = performance.now() - this.picturedAt;
    const wait = Math.max(within, PICTURE_EVERY - since, this.cost * SHARE_OF_TIME - since, 0);
    this.picturing = setTimeout(() => {
      this.picturing = undefined;
      this.measured(() => this.recorder?.again());
    }, wait);
  }

  private measured(deed: () => void): void {
    const before = performance.now();
    deed();
    this.picturedAt = performance.now();
    this.cost = this.picturedAt - before;
  }

  private tooLarge(): void {
    this.needs.line.emit("page_state", { state: "too_large" });
    this.rest();
  }

  private put(change: Change): void {
    this.outbox.put(change);
    if (this.outbox.isEmpty) return;
    this.flushing ??= setTimeout(() => {
      this.flushing = undefined;
      this.outbox.flush();
    }, FLUSH_AFTER);
  }

  /** Once more beside what was learned since: a page may repeat a secret before its field told us so. */
  private finish(change: Change): Change {
    const hide = (value: string) => this.rules.secrets.hide(value);
    if (change.op === "text") return { ...change, value: hide(change.value) };
    if (change.op === "attributes") {
      const told = Object.entries(change.attributes).map(([name, value]) => [
        name,
        value && tellable(name, value, hide),
      ]);
      return { ...change, attributes: Object.fromEntries(told) };
    }
    if (change.op !== "add" || change.node.textContent === undefined) return change;
    return { ...change, node: { ...change.node, textContent: hide(change.node.textContent) } };
  }

  private async send(message: Message): Promise<Ack> {
    return ((await this.ask("page_ops", message)) as Ack | null) ?? { ok: false, again: true };
  }

  private async ask(event: string, said: unknown): Promise<unknown> {
    try {
      return await this.needs.line.timeout(ANSWER_WITHIN).emitWithAck(event, said);
    } catch {
      return null;
    }
  }

  /** What no event tells: the address of a single-page app. And the beat that says that all is quiet. */
  private look(): void {
    const address = addressOf(this.needs.document, this.rules);
    const now = JSON.stringify(address);
    if (now !== this.told) {
      this.told = now;
      this.outbox.put({ op: "address", ...address });
      this.pictureSoon(SETTLES_WITHIN);
    }
    this.outbox.flush();
  }

  private point(point: Point & { agent: string | null }): void {
    if (!this.recorder) return;
    const element = point.kind === "off" ? null : this.recorder.element(point.id);
    this.overlay.point(point, element, point.agent);
  }

  private proposal(proposal: Proposal): void {
    if (this.stopped || !/^https?:\/\//i.test(proposal.url)) return;
    this.overlay.propose(proposal, (accepted) => {
      this.needs.line.emit("page_answer", { proposal: proposal.proposal, accepted });
      if (accepted) (this.needs.go ?? ((url: string) => location.assign(url)))(proposal.url);
    });
  }

  private hear<S>(event: string, heard: (said: S) => void): void {
    this.needs.line.on(event, heard as (said: unknown) => void);
    this.ends.push(() => this.needs.line.off(event, heard as (said: unknown) => void));
  }

  private listen(target: EventTarget, event: string, heard: (event: Event) => void): void {
    target.addEventListener(event, heard, { passive: true });
    this.ends.push(() => target.removeEventListener(event, heard));
  }
}

function tellable(name: string, value: string, hide: (value: string) => string): string {
  return name === "rr_dataURL" || name === "style" || name === "class" ? value : hide(value);
}

function newTake(): string {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
