// Call me: a number joins the list of numbers to call; the customer sees place, wait and progress, and changes or cancels.
import type { CallMeOffer, CallMeStatus, RequestState } from "../shared/types";
import { type Asked, type Asking, type Change, Refused } from "./api";
import { Channel } from "./channel";
import { identityOf } from "./config";
import { asking, changes, type Draft, draftOf, emptyDraft, missing, numberIn, type Problem } from "./draft";
import { FreeTimes } from "./freeTimes";
import { type Found, problemOf } from "./problems";
import { forgetVisitor, type KeptCallMe, save } from "./session";
import { said } from "./wait";

const OVER: RequestState[] = ["done", "cancelled", "failed"];

export class CallMe extends Channel<CallMeStatus, KeptCallMe> {
  protected readonly calls = this.way.api.callMe;
  readonly times = new FreeTimes(this.way);
  draft: Draft = emptyDraft();
  problem: Problem | null = null;
  status: CallMeStatus | null = null;
  /** What could not be done with the request, in words. */
  notice: string | null = null;

  get offer(): CallMeOffer | null {
    return this.way.pool?.call_me ?? null;
  }

  /** The wait is longer than the pool finds right, or longer than we said: other times are offered. */
  get offersWindows(): boolean {
    if (!this.saved || this.saved.stays || !this.saved.own || !this.status?.can_change) return false;
    return (
      this.status.state === "queued" &&
      !this.status.window &&
      (this.isLonger || this.offer?.offer_windows === true)
    );
  }

  get isLonger(): boolean {
    return this.status?.place != null && said(this.saved?.least ?? null, this.status.estimate_seconds).longer;
  }

  // ---- the question (416) ----------------------------------------------------------------------------------

  open(): void {
    this.draft = emptyDraft();
    this.problem = this.status = null;
    this.times.forget();
    const { pool } = this.way;
    if (pool && (!pool.open || this.offer?.offer_windows)) this.choose({ soon: false });
    this.way.go({ name: "ask" });
    void this.knowNumber();
    void this.way.askPool(true).then(() => this.knowNumber());
  }

  /** The customer fills in; nothing is redrawn under their fingers. */
  fill(change: Partial<Draft>): void {
    this.draft = { ...this.draft, ...change };
  }

  choose(change: Partial<Draft>): void {
    this.fill(change);
    this.problem = null;
    if (!this.draft.soon && !this.times.offered) void this.times.load();
    this.way.draw();
  }

  forgetNumber(): void {
    if (this.draft.knownBy === "cookie") forgetVisitor();
    void this.way.askPool(true);
    this.choose({ known: null, knownBy: null, declined: true });
  }

  /** The form is sent: a request, or a change of the one there is. */
  async submit(): Promise<void> {
    if (this.busy) return;
    const changing = this.way.screen?.name === "change";
    const lacks = missing(this.draft, changing ? null : this.offer);
    if (lacks) return this.showProblem(problemOf(lacks.code));
    if (!changing) return this.ask(asking(this.draft, this.offer));
    const change = this.status && changes(this.draft, this.status, this.offer?.region ?? null);
    if (change) await this.change(change);
    else this.look();
  }

  async confirm(proof: string): Promise<void> {
    if (!this.saved || this.busy) return;
    if (!proof.trim()) return this.showProblem(problemOf("proof_missing"));
    if (this.saved.changes) await this.change(this.saved.changes, proof);
    else await this.send(proof);
  }

  /** Another code. */
  async sendCode(): Promise<void> {
    if (this.saved?.changes) await this.change(this.saved.changes);
    else await this.send(null);
  }

  async retry(): Promise<void> {
    if (this.saved?.asking) await this.send(null);
    else this.way.callMeInstead();
  }

  /** From the proof or a change back to where it was asked for. */
  back(): void {
    this.problem = null;
    if (this.status && this.saved?.interaction) return this.look();
    this.saved = null;
    save(null);
    this.way.go({ name: "ask" });
  }

  // ---- the request ------------------------------------------------------------------------------------------

  /** The form for another time or number. */
  openChange(): void {
    if (!this.status) return;
    this.draft = draftOf(this.status);
    this.problem = this.notice = null;
    this.times.forget();
    void this.times.load();
    this.way.go({ name: "change" });
  }

  stay(): void {
    this.keep({ stays: true });
    this.way.draw();
  }

  async change(change: Change, proof: string | null = null): Promise<void> {
    const { interaction, token } = this.saved ?? {};
    if (this.busy || !interaction || !token) return;
    const epoch = this.begin();
    try {
      const status = await this.calls.change(interaction, token, {
        ...change,
        ...(proof !== null && { proof }),
      });
      if (epoch !== this.epoch) return;
      this.keep({ changes: null, proof: null, least: null, stays: false, came_back: false });
      this.times.forget();
      this.way.go({ name: "request", status });
      this.take(status);
      void this.way.askPool(true);
    } catch (error) {
      if (epoch === this.epoch) this.changeRefused(asRefused(error), change);
    } finally {
      this.end(epoch);
    }
  }

  /** Nobody is to be called any more; said so that it can be seen. */
  override async cancel(): Promise<void> {
    const { interaction, token } = this.saved ?? {};
    if (this.busy || !interaction || !token) return;
    const epoch = this.begin();
    try {
      const status = await this.calls.cancel(interaction, token);
      if (epoch === this.epoch) this.take(status);
    } catch (error) {
      if (epoch === this.epoch) this.say(problemOf(asRefused(error).code).words);
    } finally {
      this.end(epoch);
    }
  }

  /** Whoever only looks at somebody else's request shows nothing of their own. */
  override async sendPage(): Promise<void> {
    if (this.saved?.own) await super.sendPage();
  }

  override forget(): void {
    super.forget();
    this.status = null;
    this.notice = null;
    this.problem = null;
  }

  protected isOver(status: CallMeStatus): boolean {
    return OVER.includes(status.state);
  }

  protected gone(): void {
    this.forget();
    this.way.go({ name: "refused", channel: "call_me", code: "unknown_interaction", details: {} });
  }

  protected async askAgain(): Promise<void> {
    if (this.saved?.proof) this.way.go({ name: "proof" });
    else await this.send(null);
  }

  protected take(status: CallMeStatus): void {
    const { saved } = this;
    if (status.interaction !== saved?.interaction) return;
    if (this.status && Date.parse(status.server_time) < Date.parse(this.status.server_time)) return;
    const before = this.status?.state ?? saved.since?.state;
    this.status = status;
    if (this.isOver(status)) {
      this.forget();
      this.way.go({ name: "over", status });
      return this.way.closeLater();
    }
    const least = status.place === null ? saved.least : said(saved.least, status.estimate_seconds).least;
    this.keep({
      least,
      since:
        saved.since?.state === status.state ? saved.since : { state: status.state, at: status.server_time },
    });
    if (before !== undefined && before !== status.state) this.notice = null;
    const screen = this.way.screen?.name;
    const asksMore = (screen === "change" || (screen === "proof" && this.saved?.proof)) && status.can_change;
    if (asksMore) this.way.draw();
    else this.way.go({ name: "request", status });
  }

  // ---- the steps --------------------------------------------------------------------------------------------

  private async ask(what: Asking): Promise<void> {
    this.saved = {
      channel: "call_me",
      intent: this.newIntent(),
      asked: true,
      interaction: null,
      token: null,
      collapsed: false,
      asking: what,
      changes: null,
      proof: null,
      link: null,
      own: true,
      came_back: false,
      least: what.when ? null : said(null, this.offer?.estimate_seconds ?? null).least,
      since: null,
      stays: this.offer?.offer_windows === true,
    };
    save(this.saved);
    await this.send(null);
  }

  private async send(proof: string | null): Promise<void> {
    const what = this.saved?.asking;
    if (this.busy || !this.saved || !what) return;
    const epoch = this.begin();
    const again = this.saved.proof !== null || !["ask", "proof"].includes(this.way.screen?.name ?? "");
    // A form in view stays in view until it is answered.
    if (!["ask", "proof"].includes(this.way.screen?.name ?? ""))
      this.way.go({ name: "getting", channel: "call_me" });
    try {
      const answer = await this.click(this.saved.intent, (click) =>
        this.calls.click({ ...click, ...what, proof }),
      );
      if (epoch !== this.epoch || !this.saved) {
        if (answer.own) void this.calls.cancel(answer.interaction, answer.token).catch(() => undefined);
        return;
      }
      this.answered(answer, again);
    } catch (error) {
      if (epoch === this.epoch) this.askRefused(asRefused(error), proof !== null);
    } finally {
      this.end(epoch);
    }
  }

  private answered(answer: Asked, again: boolean): void {
    const { interaction, token, link, own } = answer;
    const came_back = !own || (!again && !answer.created);
    this.keep({ interaction, token, link, own, came_back, asking: null, proof: null });
    if (came_back) this.keep({ least: null, stays: false });
    this.follow(answer);
    if (came_back) void this.sendPage();
  }

  private askRefused(error: Refused, proved: boolean): void {
    if (error.code === "proof_needed" && error.details.kind === "code") return this.needsProof(error, null);
    if (proved && error.code === "proof_wrong") return this.showProblem(problemOf(error.code));
    if (error.isOpen) return this.way.refused("call_me", error);
    const onName = this.saved?.asking?.name && error.code === "too_many_requests";
    const problem = onName ? problemOf("name_too_often") : problemOf(error.code);
    this.saved = null;
    save(null);
    if (problem.field === null || !this.draftIsThere) return this.way.refused("call_me", error);
    if (problem.field === "when") void this.times.load();
    if (onName || error.code === "unknown_customer") this.draft.byName = false;
    // A number that we thought we knew is not good: another one is asked for.
    if (problem.field === "number") this.fill({ known: null, knownBy: null });
    if (problem.field === "consent") void this.way.askPool(true);
    this.way.go({ name: "ask" });
    this.showProblem(problem);
  }

  private changeRefused(error: Refused, change: Change): void {
    if (error.code === "proof_needed" && error.details.kind === "code") return this.needsProof(error, change);
    const problem = problemOf(error.code);
    const { name } = this.way.screen ?? {};
    const fits =
      problem.field !== null && (name === "change" || (name === "proof" && problem.field === "proof"));
    if (fits) {
      if (problem.field === "when") void this.times.load();
      return this.showProblem(problem);
    }
    this.keep({ changes: null, proof: null });
    this.times.forget();
    if (this.status) this.way.go({ name: "request", status: this.status });
    this.say(problem.words);
  }

  private needsProof(error: Refused, change: Change | null): void {
    const { number, digits } = error.details;
    this.problem = null;
    this.keep({ changes: change, proof: { number: String(number ?? ""), digits: Number(digits) || 6 } });
    this.way.go({ name: "proof" });
  }

  private get draftIsThere(): boolean {
    return ["ask", "proof"].includes(this.way.screen?.name ?? "");
  }

  private look(): void {
    this.keep({ changes: null, proof: null });
    if (this.status) this.way.go({ name: "request", status: this.status });
  }

  private say(words: string): void {
    this.notice = words;
    this.way.draw();
  }

  private showProblem(problem: Found): void {
    const { field, words, callUs } = problem;
    this.problem = { field: field ?? "number", words, callUs };
    this.way.draw();
  }

  private begin(): number {
    this.busy = true;
    this.problem = this.notice = null;
    this.way.draw();
    return this.epoch;
  }

  private end(epoch: number): void {
    if (epoch !== this.epoch) return;
    this.busy = false;
    this.way.draw();
  }

  /** The cookie's number, or the one in the shop's signed word; whatever was typed meanwhile stays. */
  private async knowNumber(): Promise<void> {
    const signed = numberIn(await identityOf(this.way.config));
    const known = signed ?? this.offer?.known_number ?? null;
    const { number, byName, declined } = this.draft;
    if (this.way.screen?.name !== "ask" || !known || number || byName || declined || this.draft.known) return;
    this.choose({ known, knownBy: signed ? "shop" : "cookie" });
  }
}

function asRefused(error: unknown): Refused {
  return error instanceof Refused ? error : new Refused("internal", String(error));
}
