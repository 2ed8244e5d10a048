// What is on its way to the agent: in order, few messages, never more waiting than a new picture would cost.
import type { Ack, Change, Message } from "../shared/live";

const MESSAGE_BYTES = 40_000;
const MOST_BYTES = 300_000;
const MOST_CHANGES = 4_000;
const MOST_IN_FLIGHT = 6;
const BEAT_EVERY = 1000;

type Entry = { change: Change; key: string | null; bytes: number };

export type Wires = {
  send(message: Message): Promise<Ack>;
  /** The last look at what is sent, as late as possible. */
  finish(change: Change): Change;
  /** More than can be told: a new picture is cheaper. */
  overflow(): void;
  /** Nobody watches, or another window of this customer is shown. */
  unwatched(): void;
};

export class Outbox {
  private waiting: Entry[] = [];
  private latest = new Map<string, Entry>();
  private bytes = 0;
  private since: number | null = null;
  private take: string | null = null;
  private seq = 0;
  private inFlight = 0;
  private sentAt = 0;

  constructor(
    private readonly wires: Wires,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isEmpty(): boolean {
    return !this.waiting.length;
  }

  /** A new picture was taken; what happened before is in it. */
  begin(take: string): void {
    this.empty();
    this.take = take;
    this.seq = 0;
    this.sentAt = this.now();
  }

  /** Until the next picture nothing is kept. */
  end(): void {
    this.empty();
    this.take = null;
  }

  put(change: Change): void {
    if (!this.take) return;
    const key = keyOf(change);
    const entry = { change, key, bytes: JSON.stringify(change).length };
    if (entry.bytes > MESSAGE_BYTES) return this.overflow();
    const before = key ? this.latest.get(key) : undefined;
    if (before) this.replace(before, entry);
    if (key) this.latest.set(key, entry);
    this.waiting.push(entry);
    this.bytes += entry.bytes;
    this.since ??= this.now();
    if (this.bytes > MOST_BYTES || this.waiting.length > MOST_CHANGES) this.overflow();
  }

  /** Sends what waits, as far as earlier messages have arrived; once a second also that nothing happened. */
  flush(): void {
    while (this.take && this.inFlight < MOST_IN_FLIGHT && this.waiting.length) {
      const age = this.now() - (this.since ?? this.now());
      this.send(this.next(), age);
    }
    if (!this.waiting.length) this.since = null;
    if (this.take && !this.inFlight && this.now() - this.sentAt >= BEAT_EVERY) this.send([], 0);
  }

  private send(ops: Change[], age: number): void {
    const { take } = this;
    if (!take) return;
    this.seq += 1;
    this.inFlight += 1;
    this.sentAt = this.now();
    this.wires.send({ take, seq: this.seq, age: Math.round(age), ops: ops.map(this.wires.finish) }).then(
      (ack) => this.arrived(take, ack),
      () => this.arrived(take, { ok: false, again: true }),
    );
  }

  private arrived(take: string, ack: Ack): void {
    this.inFlight -= 1;
    if (take !== this.take) return;
    if (ack.elsewhere || ack.watched === false) this.wires.unwatched();
    else if (!ack.ok) this.overflow();
    else if (this.waiting.length) this.flush();
  }

  private next(): Change[] {
    const ops: Change[] = [];
    let bytes = 0;
    let taken = 0;
    for (const entry of this.waiting) {
      if (bytes + entry.bytes > MESSAGE_BYTES) break;
      taken += 1;
      bytes += entry.bytes;
      ops.push(entry.change);
      if (entry.key && this.latest.get(entry.key) === entry) this.latest.delete(entry.key);
    }
    this.waiting.splice(0, taken);
    this.bytes -= bytes;
    return ops;
  }

  /** Only the newest of its kind counts; attributes are taken together. */
  private replace(before: Entry, entry: Entry): void {
    const at = this.waiting.lastIndexOf(before);
    if (at < 0) return;
    this.waiting.splice(at, 1);
    this.bytes -= before.bytes;
    if (before.change.op === "attributes" && entry.change.op === "attributes") {
      entry.change = {
        ...entry.change,
        attributes: { ...before.change.attributes, ...entry.change.attributes },
      };
      entry.bytes = JSON.stringify(entry.change).length;
    }
  }

  private overflow(): void {
    this.end();
    this.wires.overflow();
  }

  private empty(): void {
    this.waiting = [];
    this.latest.clear();
    this.bytes = 0;
    this.since = null;
  }
}

function keyOf(change: Change): string | null {
  switch (change.op) {
    case "text":
    case "attributes":
    case "scroll":
    case "field":
    case "style":
    case "sheets":
      return `${change.op} ${change.id}`;
    case "mouse":
    case "size":
    case "focus":
    case "address":
      return change.op;
    default:
      return null;
  }
}
