// The shop's page hears how the call goes, whichever of its pages is there now; no other site does.
import { NEWS_EVERY, type WindowNews, type WindowStep } from "../shared/callWindow";
import type { Asked } from "./server";

export class Opener {
  private news: WindowNews | null = null;

  constructor(private asked: Asked) {
    setInterval(() => this.send(), NEWS_EVERY);
  }

  isFor(asked: Asked): void {
    this.asked = asked;
    this.news = null;
  }

  tell(step: WindowStep, words: string): void {
    if (this.news?.step === step && this.news.words === words) return;
    this.news = { ctiapp: "call_window", interaction: this.asked.interaction, step, words };
    this.send();
  }

  private send(): void {
    const { origin } = this.asked;
    if (this.news && origin) window.opener?.postMessage(this.news, origin);
  }
}
