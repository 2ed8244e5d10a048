// The call that this browser has, written down so that it can be taken up again after a reload.
import type { DialogId } from "./line";
import type { Locks } from "./owner";

export type Kept = {
  dialog: DialogId;
  caller: string;
  since: number;
  muted: boolean;
  held: boolean;
};

export type Memory = {
  keep(call: Kept): void;
  forget(): void;
  /** What was kept by a page that is gone; null where there is nothing, or the page with the call lives. */
  take(): Promise<Kept | null>;
};

/** A page that has a call holds a lock, which ends with the page however that ends: so nobody takes up a call that is
 * still heard somewhere. */
export class CallMemory implements Memory {
  private release: (() => void) | null = null;

  constructor(
    private readonly name: string,
    private readonly locks: Locks | undefined = navigator.locks,
    private readonly store: Pick<Storage, "getItem" | "setItem" | "removeItem"> = localStorage,
  ) {}

  keep(call: Kept): void {
    try {
      this.store.setItem(this.name, JSON.stringify(call));
    } catch {
      // Full, or forbidden: a reload ends the call then.
    }
    if (!this.release) void this.lock();
  }

  forget(): void {
    if (this.release) this.store.removeItem(this.name);
    this.release?.();
    this.release = null;
  }

  async take(): Promise<Kept | null> {
    const text = this.store.getItem(this.name);
    if (!text || !(await this.lock())) return null;
    try {
      return JSON.parse(text) as Kept;
    } catch {
      this.forget();
      return null;
    }
  }

  private lock(): Promise<boolean> {
    if (!this.locks) return Promise.resolve(false);
    return new Promise((resolve) => {
      void this.locks?.request(this.name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        if (!lock) return;
        return new Promise<void>((free) => {
          this.release = free;
        });
      });
    });
  }
}
