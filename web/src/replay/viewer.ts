// The live page at the agent's: joins, applies what comes, says how it stands, points and proposes. Knows no component.
import type { Nodes } from "../console/frame";
import type { LiveState, Message, Point } from "../shared/live";
import { Inbox } from "./inbox";
import { Mirror } from "./mirror";

const LOOK_EVERY = 500;
const JOIN_AGAIN = 3000;
const ASK_AGAIN = 3000;
const POINT_EVERY = 50;

/** What is used of the console's line. */
export type ViewerLine = {
  /** Until the returned function is called. `heard` is called with what was said; the server hears that it was. */
  hear<S>(event: string, heard: (said: S) => void): () => void;
  ask(event: string, said: unknown): Promise<unknown>;
};

/** "waiting": not joined yet, or nothing has come yet. */
export type Standing = {
  state: LiveState | "waiting";
  /** Whole seconds, 0 while it is live. */
  behind: number;
  mouse: { x: number; y: number } | null;
  address: { url: string; title: string } | null;
  size: { width: number; height: number } | null;
  /** What the customer made of the page that was proposed last. */
  answer: "asked" | "accepted" | "declined" | "refused" | null;
};

export const AT_FIRST: Standing = {
  state: "waiting",
  behind: 0,
  mouse: null,
  address: null,
  size: null,
  answer: null,
};

export class Viewer {
  standing = AT_FIRST;
  private mirror: Mirror | null = null;
  private readonly inbox: Inbox;
  private readonly ends: (() => void)[] = [];
  private joined = false;
  private triedAt = Number.NEGATIVE_INFINITY;
  private askedAt = Number.NEGATIVE_INFINITY;
  private missed = false;
  private pointedAt = 0;
  private proposal: string | null = null;

  constructor(
    private readonly line: ViewerLine,
    private readonly interaction: string,
    private readonly told: (standing: Standing) => void,
  ) {
    this.inbox = new Inbox(
      (message) => this.apply(message),
      () => this.again(),
    );
  }

  start(): void {
    type Of<S> = S & { interaction: string };
    const mine = <S>(deed: (said: S) => void) => {
      return (said: Of<S>) => said.interaction === this.interaction && deed(said);
    };
    this.ends.push(
      this.line.hear(
        "page_ops",
        mine<Message>((message) => this.heard(message)),
      ),
      this.line.hear(
        "page_state",
        mine<{ state: LiveState }>(({ state }) => this.is(state)),
      ),
      this.line.hear(
        "page_answer",
        mine<{ proposal: string; accepted: boolean }>((said) => this.answered(said)),
      ),
      this.line.hear("connect", () => this.join()),
      this.line.hear("disconnect", () => {
        this.joined = false;
      }),
    );
    const looking = setInterval(() => this.look(), LOOK_EVERY);
    this.ends.push(() => clearInterval(looking));
    this.join();
  }

  stop(): void {
    for (const end of this.ends.splice(0)) end();
    if (this.joined) void this.line.ask("page_leave", { interaction: this.interaction });
    this.joined = false;
    this.mirror = null;
  }

  /** A picture is in the frame; changes that follow `take` are drawn into it. */
  drawn(document: Document, nodes: Nodes, take: string | null, hiddenWord: string): void {
    this.mirror = new Mirror(document, nodes, hiddenWord, {
      size: (width, height) => this.set({ size: { width, height } }),
      mouse: (x, y) => this.set({ mouse: { x, y } }),
      address: (url, title) => this.set({ address: { url, title } }),
    });
    this.missed = false;
    this.set({ address: null, size: null });
    this.inbox.drawn(take);
  }

  /** `x`, `y`: in the frame's own pixels. */
  point(kind: "move" | "mark", document: Document, x: number, y: number): void {
    if (kind === "move" && performance.now() - this.pointedAt < POINT_EVERY) return;
    this.pointedAt = performance.now();
    const found = this.mirror?.idOf(document.elementFromPoint(x, y));
    if (!found) return;
    const box = found.element.getBoundingClientRect();
    this.say({
      kind,
      id: found.id,
      x: part(x - box.left, box.width),
      y: part(y - box.top, box.height),
    });
  }

  pointerOff(): void {
    this.say({ kind: "off" });
  }

  /** `url`: an address, or a path of the page that is shown. */
  async propose(url: string, page: string): Promise<void> {
    this.proposal = `${Date.now()}`;
    this.set({ answer: "asked" });
    let whole = "";
    try {
      whole = new URL(url, page).href;
    } catch {
      // Refused below.
    }
    const said = { interaction: this.interaction, proposal: this.proposal, url: whole };
    const answer = (await this.line.ask("page_propose", said)) as { ok?: boolean } | null;
    if (!answer?.ok) this.set({ answer: "refused" });
  }

  private say(point: Point): void {
    void this.line.ask("page_point", { interaction: this.interaction, ...point });
  }

  private heard(message: Message): void {
    if (this.standing.state === "waiting" || this.standing.state === "away") this.set({ state: "live" });
    this.inbox.message(message);
  }

  private apply(message: Message): void {
    for (const change of message.ops) this.mirror?.apply(change);
  }

  private is(state: LiveState): void {
    this.set({ state, ...(state === "live" ? {} : { mouse: null, behind: 0 }) });
  }

  private answered({ proposal, accepted }: { proposal: string; accepted: boolean }): void {
    if (proposal === this.proposal) this.set({ answer: accepted ? "accepted" : "declined" });
  }

  private join(): void {
    this.triedAt = performance.now();
    void this.line.ask("page_join", { interaction: this.interaction }).then((said) => {
      const answer = said as { ok?: boolean; state?: LiveState } | null;
      this.joined = answer?.ok === true;
      if (answer?.ok && answer.state) this.is(answer.state);
    });
  }

  private again(): void {
    this.missed = true;
    this.askedAt = performance.now();
    void this.line.ask("page_again", { interaction: this.interaction });
  }

  private look(): void {
    const now = performance.now();
    if (!this.joined && this.standing.state !== "closed" && now - this.triedAt > JOIN_AGAIN) this.join();
    if (this.missed && now - this.askedAt > ASK_AGAIN) this.again();
    const behind = this.standing.state === "live" ? Math.floor((this.inbox.behind() ?? 0) / 1000) : 0;
    if (behind !== this.standing.behind) this.set({ behind });
  }

  private set(change: Partial<Standing>): void {
    this.standing = { ...this.standing, ...change };
    this.told(this.standing);
  }
}

function part(at: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, at / whole)) : 0;
}
