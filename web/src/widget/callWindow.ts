// The window that holds the customer's telephone: opened by their click, known by what it says, found again by the next page.
import { NEWS_EVERY, type WindowNews, type WindowStep } from "../shared/callWindow";

const NAME = "ctiapp-call";
const FEATURES = "popup,width=400,height=680";
/** Not heard of for so long, it is gone: a browser lets a hidden window speak once a second. */
const SILENT = 4 * NEWS_EVERY;

export class CallWindow {
  /** What it said last; null: there is none. */
  news: WindowNews | null = null;
  /** The browser did not let it open. */
  blocked = false;
  private interaction: string | null = null;
  private there: Window | null = null;
  private heard = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly base: string,
    /** With the step that it was at before. */
    private readonly changed: (before: WindowStep | null) => void,
  ) {}

  /** In the click itself. One that is still there from an earlier call is used again. */
  open(interaction: string, token: string, video: boolean): void {
    if (this.news) return this.front();
    this.listen(interaction);
    const asked = new URLSearchParams({ interaction, token, from: location.origin });
    if (video) asked.set("video", "1");
    this.there = window.open(`${this.base}/call#${asked}`, NAME, FEATURES);
    this.blocked = this.there === null;
    this.there?.focus();
    this.changed(null);
  }

  front(): void {
    this.there?.focus();
  }

  /** Given back: nobody is called from there any more. */
  close(): void {
    if (this.news?.step !== "talking") this.there?.close();
  }

  listen(interaction: string): void {
    if (this.interaction === interaction) return;
    this.stop();
    this.interaction = interaction;
    addEventListener("message", this.hear);
    this.timer = setInterval(() => this.look(), NEWS_EVERY);
  }

  stop(): void {
    removeEventListener("message", this.hear);
    clearInterval(this.timer);
    this.interaction = this.news = null;
    this.blocked = false;
  }

  private readonly hear = ({ data, origin, source }: MessageEvent): void => {
    const news = data as Partial<WindowNews> | null;
    if (origin !== this.base || news?.ctiapp !== "call_window" || news.interaction !== this.interaction)
      return;
    this.there = source as Window;
    this.heard = performance.now();
    const { step, words } = news as WindowNews;
    const before = this.news;
    if (before?.step === step && before.words === words) return;
    this.news = news as WindowNews;
    this.blocked = false;
    this.changed(before?.step ?? null);
  };

  private look(): void {
    const { news } = this;
    if (!news || (!this.there?.closed && performance.now() - this.heard < SILENT)) return;
    this.news = null;
    this.changed(news.step);
  }
}
