// One tab of a browser has the telephone. A lock that ends with its tab says which: nothing is left behind by a crash.

export type Locks = Pick<LockManager, "request">;

/** Resolves to false where another tab has it. `taken` is called once, when another tab takes it from this one. */
export class Owner {
  private release: (() => void) | null = null;

  constructor(
    private readonly name: string,
    private readonly taken: () => void,
    private readonly locks: Locks | undefined = navigator.locks,
  ) {}

  /** `takeOver`: also from another tab, which keeps the call it has and gets no more. */
  own(takeOver = false): Promise<boolean> {
    const { locks } = this;
    if (this.release || !locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      const held = locks.request(this.name, takeOver ? { steal: true } : { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(false);
        return new Promise<void>((free) => {
          this.release = free;
          resolve(true);
        });
      });
      held.catch(() => {
        if (this.release) this.taken();
        this.release = null;
        resolve(false);
      });
    });
  }

  give(): void {
    this.release?.();
    this.release = null;
  }
}
