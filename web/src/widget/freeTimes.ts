// The times at which we could call, as the pool has them now; asked for when they are wanted.
import type { FreeWindow, FreeWindows } from "../shared/types";
import type { Way } from "./way";
import { daysLater, ownZone } from "./windows";

export type Offered = { state: "loading" | "failed" | "ready"; from: string | null; got: FreeWindows | null };

export class FreeTimes {
  offered: Offered | null = null;

  constructor(private readonly way: Pick<Way, "config" | "api" | "wish" | "draw">) {}

  /** Nothing is known any more: a request changes what is free. */
  forget(): void {
    this.offered = null;
  }

  /** What is known is kept in view until the new times are there. */
  async load(from: string | null = null): Promise<void> {
    const { wish, config, api } = this.way;
    if (!wish) return;
    const asked: Offered = { state: "loading", from, got: this.offered?.got ?? null };
    this.offered = asked;
    this.way.draw();
    const got = await api.windows(config.site, wish.pool, from, ownZone()).catch(() => null);
    if (this.offered !== asked) return;
    this.offered = { from, got, state: got ? "ready" : "failed" };
    this.way.draw();
  }

  later(): void {
    const { from, got } = this.offered ?? {};
    const first = from ?? got?.windows[0]?.date ?? new Date().toISOString().slice(0, 10);
    void this.load(daysLater(first, 7));
  }

  /** For the quick choice; loads them when they are not there. */
  first(count: number): FreeWindow[] {
    if (!this.offered) void this.load();
    return this.offered?.got?.windows.slice(0, count) ?? [];
  }
}
