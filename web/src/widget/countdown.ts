// A countdown by the server's clock: it says how many seconds are left, and only our steady clock counts between.

export class Countdown {
  private end: number | null = null;
  private lastSpoken = Number.POSITIVE_INFINITY;

  constructor(private readonly steady: () => number = () => performance.now()) {}

  /** What the server said, just now. */
  set(secondsLeft: number | null): void {
    this.end = secondsLeft === null ? null : this.steady() + secondsLeft * 1000;
    if (secondsLeft !== null && secondsLeft > this.lastSpoken) this.lastSpoken = Number.POSITIVE_INFINITY;
  }

  left(): number | null {
    return this.end === null ? null : Math.max(0, (this.end - this.steady()) / 1000);
  }

  /** 120, 60 or 30 when that mark has just been passed: the moments at which it is spoken. */
  toSpeak(): number | null {
    const left = this.left();
    if (left === null) return null;
    const mark = [30, 60, 120].find((seconds) => left <= seconds && left > seconds - 5);
    if (mark === undefined || mark >= this.lastSpoken) return null;
    this.lastSpoken = mark;
    return mark;
  }
}
