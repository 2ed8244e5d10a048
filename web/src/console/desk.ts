// What the console knows, in one place. Views come in by Socket.IO or as an answer; only newer ones are shown.
import type { AgentView, Engagement } from "../shared/types";
import { api, Line, Refused, rememberCsrf } from "./client";
import { ConsoleTelephone } from "./telephone";
import { texts } from "./texts";

export type DeskState = {
  phase: "starting" | "signed_out" | "desk";
  view: AgentView | null;
  connected: boolean;
  /** Why the agent was signed out, or what could not be done. */
  notice: string | null;
};

/** The newer of two views; a late one changes nothing. Of one version (the agent is the same, their list is not) the one
 * that the server wrote later. */
export function newer(known: AgentView | null, come: AgentView): AgentView {
  if (!known || known.agent.id !== come.agent.id) return come;
  if (come.version !== known.version) return come.version < known.version ? known : come;
  return Date.parse(come.server_time) < Date.parse(known.server_time) ? known : come;
}

export class Desk {
  readonly api = api;
  state: DeskState = { phase: "starting", view: null, connected: true, notice: null };
  private readonly listeners = new Set<() => void>();
  private received = { server: Date.now(), steady: performance.now() };
  readonly telephone = new ConsoleTelephone(() => this.state.view?.engagement ?? null);
  readonly line = new Line({
    view: (view) => this.take(view),
    connected: (connected) => this.connection(connected),
    signedOut: (reason) => this.signedOut(texts.signedOut[reason] ?? texts.signedOut.default ?? null),
  });

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The server's clock, so that no timer depends on this computer's. */
  now(): number {
    return this.received.server + performance.now() - this.received.steady;
  }

  async start(): Promise<void> {
    try {
      this.begin(await api.view());
    } catch (error) {
      if (error instanceof Refused && ["not_logged_in", "csrf", "not_found"].includes(error.code)) {
        return this.set({ phase: "signed_out", view: null });
      }
      this.set({ connected: false });
      setTimeout(() => void this.start(), 2000);
    }
  }

  async signIn(agent: string, password: string, station: string, takeOver: boolean): Promise<void> {
    const view = await api.login(agent, password, station, takeOver);
    this.line.close();
    this.begin(view);
  }

  async signOut(): Promise<void> {
    await this.attempt(api.logout);
    this.signedOut(null);
  }

  /** Does it and returns true, or says why not and returns false. */
  async attempt(deed: () => Promise<unknown>): Promise<boolean> {
    const refused = await this.refused(deed);
    if (refused) {
      if (refused.code !== "not_logged_in") this.set({ notice: this.words(refused) });
      return false;
    }
    if (this.state.notice) this.set({ notice: null });
    return true;
  }

  /** Does it and returns null, or the refusal for who wants to say it where it was asked. */
  async refused(deed: () => Promise<unknown>): Promise<Refused | null> {
    try {
      const answer = await deed();
      if (isView(answer)) this.take(answer);
      return null;
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused("", "");
      if (refused.code === "not_logged_in") this.signedOut(texts.refusals.not_logged_in ?? null);
      return refused;
    }
  }

  /** The same, in words. */
  async refusalOf(deed: () => Promise<unknown>): Promise<string | null> {
    const refused = await this.refused(deed);
    return refused && this.words(refused);
  }

  words({ code, message }: Refused): string {
    return texts.refusals[code] ?? (message || texts.refused);
  }

  shown(engagement: Engagement): void {
    const current = () => this.state.view?.engagement?.reservation === engagement.reservation;
    if (current()) this.line.pageShown(engagement.reservation, current);
  }

  dismiss(): void {
    this.set({ notice: null });
  }

  private begin(view: AgentView): void {
    this.set({ phase: "desk", view: null, notice: null });
    this.take(view);
    if (this.state.phase !== "desk") return;
    this.line.open();
    void this.telephone.begin(view.agent.station, view.agent.id);
  }

  /** What arrives after the agent has signed out is not shown any more. */
  private take(view: AgentView): void {
    if (this.state.phase !== "desk") return;
    if (newer(this.state.view, view) !== view) return;
    if (view.state.name === "logged_out") return this.signedOut(null);
    rememberCsrf(view);
    this.received = { server: Date.parse(view.server_time), steady: performance.now() };
    this.set({ view });
    void this.telephone.answerByItself();
  }

  private connection(connected: boolean): void {
    if (this.state.phase !== "desk") return;
    this.set({ connected });
    if (connected) return;
    // A closed line may mean a closed session: the server says which.
    api.view().then(
      (view) => this.take(view),
      (error) => {
        if (this.state.phase === "desk" && error instanceof Refused && error.code === "not_logged_in") {
          this.signedOut(texts.refusals.not_logged_in ?? null);
        }
      },
    );
  }

  private signedOut(notice: string | null): void {
    this.telephone.end();
    this.set({ phase: "signed_out", view: null, notice, connected: true });
    this.line.close();
  }

  private set(change: Partial<DeskState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

function isView(answer: unknown): answer is AgentView {
  return (
    typeof answer === "object" &&
    answer !== null &&
    "version" in answer &&
    "engagement" in answer &&
    "state" in answer
  );
}
