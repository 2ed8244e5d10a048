// What the screens are made of.
import type { Chunks } from "../chunks";
import type { Config } from "../config";
import { h, type IconName, icon } from "../dom";
import type { Flow } from "../flow";
import type { Shown } from "../screen";
import { texts } from "../texts";

/** What a screen may use: the way on, what is shown now, and the panel around it. */
export type Scene = {
  flow: Flow;
  config: Config;
  chunks: Chunks;
  shown: Shown;
  /** Speaks, for those who do not see. */
  say(words: string): void;
  find(part: string): HTMLElement | null;
};

export type Drawn = {
  body: (Element | null | false)[];
  foot?: (HTMLElement | null | false)[];
  /** Beside the small bar. */
  beside?: (HTMLElement | null)[];
  /** One step back; without it there is none. */
  back?: () => void;
  /** Changes what moves, four times a second and at every news: nothing is rebuilt under the customer's fingers. */
  update?: () => void;
};

export function heading(words: string): HTMLElement {
  return h("h2", { id: "title", tabindex: "-1", "data-part": "title" }, words);
}

export function say(sign: IconName | string, tone: string, title: string, detail: string): HTMLElement {
  const mark = sign.length === 1 ? sign : icon(sign as IconName);
  return h(
    "div",
    { class: "say" },
    h("div", { class: `sign ${tone}`, "aria-hidden": "true" }, mark),
    h("div", {}, heading(title), detail && h("p", {}, detail)),
  );
}

export function notice(name: IconName, words: string, ...more: (HTMLElement | string)[]): HTMLElement {
  return h("div", { class: "notice", role: "status" }, icon(name), h("div", {}, words, ...more));
}

type Look = "" | "filled" | "danger";

export function action(label: string, part: string, click: () => void, look: Look = ""): HTMLElement {
  return h("button", { class: `action ${look}`.trim(), type: "button", "data-part": part, click }, label);
}

export function link(label: string, part: string, click: () => void): HTMLElement {
  return h("button", { class: "link", type: "button", "data-part": part, click }, label);
}

export function tool(name: IconName, label: string, part: string, click: () => void): HTMLElement {
  return h(
    "button",
    { class: "tool", type: "button", "aria-label": label, title: label, "data-part": part, click },
    icon(name),
  );
}

export function foot(name: IconName, words: (HTMLElement | string)[], deed: HTMLElement | null): HTMLElement {
  return h("div", { class: "foot" }, icon(name), h("div", {}, ...words), deed);
}

/** The steps of a call: what is done, where it is now, what comes. `notes`: beside a step. */
export function steps(names: string[], at: number, notes: Record<number, string> = {}): HTMLElement {
  const lines = names.map((name, index) => {
    const place = index < at ? "done" : index === at ? "now" : "";
    return h(
      "li",
      { class: place, "aria-current": place === "now" ? "step" : null },
      h("i", {}, place === "done" && icon("check")),
      h("span", {}, name),
      notes[index] ? h("small", {}, notes[index]) : null,
    );
  });
  return h("ol", {}, ...lines);
}

/** Who sees the page, and the way to end that. `name`: who answers, as soon as that is known. */
export function sharing(scene: Scene, who: string, rest: string): HTMLElement {
  if (!scene.shown.share) return foot("eyeOff", [texts.notShown], null);
  return foot(
    "eye",
    [h("b", {}, who), rest],
    link(texts.stopShowing, "stop-showing", () => void scene.flow.stopShowing()),
  );
}

export async function copy(scene: Scene, text: string, part: string): Promise<void> {
  const done = await navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
  const button = scene.find(part);
  if (button) button.textContent = done ? texts.copied : texts.copyFailed;
  scene.say(done ? texts.copied : texts.copyFailed);
}

export function setText(element: HTMLElement | null, words: string): void {
  if (element && element.textContent !== words) element.textContent = words;
}

/** Seconds since something that the server timed, by the server's clock and our steady one. */
export function since(begun: string, serverTime: string): () => number {
  const heard = performance.now();
  const before = (Date.parse(serverTime) - Date.parse(begun)) / 1000;
  return () => before + (performance.now() - heard) / 1000;
}
