// Changes in their order, each against the picture it belongs to. A gap, or more than can wait, costs a new picture.
import type { Message } from "../shared/live";

const MOST_WAITING = 500;
const BEAT = 1000;
/** Less than this is called live. */
const BEHIND_AFTER = 1500;

export class Inbox {
  private take: string | null = null;
  private next = 1;
  private waiting: Message[] = [];
  private heardAt: number | null = null;
  private age = 0;

  constructor(
    private readonly apply: (message: Message) => void,
    /** Asks for a new picture. */
    private readonly again: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** A picture is on screen; null: one that nothing follows. */
  drawn(take: string | null): void {
    this.take = take;
    this.next = 1;
    const mine = this.waiting.filter((message) => message.take === take);
    if (mine.length) this.waiting = [];
    for (const message of mine) this.message(message);
  }

  message(message: Message): void {
    this.heardAt = this.now();
    this.age = message.age;
    if (message.take !== this.take) return this.wait(message);
    if (message.seq < this.next) return;
    if (message.seq > this.next) {
      this.take = null;
      return this.again();
    }
    this.next += 1;
    this.apply(message);
  }

  /** Milliseconds that what is on screen lies behind the customer's page; null while nothing was heard. */
  behind(): number | null {
    if (this.heardAt === null) return null;
    const silence = this.now() - this.heardAt;
    return silence > BEHIND_AFTER ? silence : Math.max(this.age, silence - BEAT, 0);
  }

  /** Its picture is still on the way. */
  private wait(message: Message): void {
    if (this.waiting[0] && this.waiting[0].take !== message.take) this.waiting = [];
    this.waiting.push(message);
    if (this.waiting.length < MOST_WAITING) return;
    this.waiting = [];
    this.again();
  }
}
