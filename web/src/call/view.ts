// What the window shows: how far the call is, then its keys.
import { clock } from "../shared/format";
import { h, type IconName, icon } from "../widget/dom";
import { texts } from "./texts";

export type Shown = {
  title: string;
  words: string;
  tone: "" | "bad" | "talking";
  /** A letter of who is at the other end, or a picture. */
  sign: IconName | string;
  calling: boolean;
  talking: boolean;
  muted: boolean;
  /** Milliseconds since the epoch. */
  since: number | null;
  again: boolean;
  instead: string | null;
  pictures: boolean;
  camera: boolean;
};

export type Deeds = {
  mute(): void;
  press(key: string): void;
  camera(): void;
  hangUp(): void;
  again(): void;
};

export type View = { draw(shown: Shown): void; say(words: string): void };

export function createView(
  deeds: Deeds,
  stage: HTMLElement,
  offer: HTMLElement,
  settings: HTMLElement,
): View {
  const round = (part: string, name: IconName, click: () => void, kind = "") => {
    const words = h("span", { "aria-hidden": "true" });
    const button = h("button", { type: "button", class: `round ${kind}`.trim(), "data-part": part, click });
    const place = h("i", {}, icon(name));
    button.append(place, words);
    return {
      button,
      /** `label`: what it does now; `short`: what stands under it. */
      set(label: string, short: string, shown: IconName, pressed: boolean | null = null) {
        words.textContent = short;
        button.setAttribute("aria-label", label);
        button.title = label;
        if (pressed !== null) button.setAttribute("aria-pressed", String(pressed));
        if (place.dataset.icon !== shown) place.replaceChildren(icon(shown));
        place.dataset.icon = shown;
      },
    };
  };
  const sign = h("div", { class: "sign", "aria-hidden": "true" });
  const title = h("h1", { role: "status", "data-part": "title" });
  const words = h("p", { "data-part": "words" });
  const time = h("p", { class: "time", role: "timer", "data-part": "time" });
  const remark = h("p", { class: "remark", role: "status", "data-part": "remark" });
  const instead = h("p", { "data-part": "instead" });
  const keys = h(
    "div",
    { class: "keys", hidden: true },
    ...[..."123456789*0#"].map((key) =>
      h("button", { type: "button", "data-part": `key-${key}`, click: () => deeds.press(key) }, key),
    ),
  );
  const mute = round("mute", "mic", deeds.mute);
  const camera = round("camera", "video", deeds.camera);
  const keypad = round("keypad", "keypad", () => {
    keys.hidden = !keys.hidden;
    keypad.set(texts.keypad, texts.keypad, "keypad", !keys.hidden);
  });
  const end = round("hang-up", "hangUp", deeds.hangUp, "danger");
  const again = h(
    "button",
    { type: "button", class: "primary", "data-part": "again", click: deeds.again },
    texts.again,
  );
  keypad.set(texts.keypad, texts.keypad, "keypad", false);
  end.set(texts.hangUp, texts.hangUp, "hangUp");
  const row = h("div", { class: "row" }, mute.button, camera.button, keypad.button, end.button);
  document.body.append(
    h(
      "main",
      {},
      h("div", { class: "say" }, sign, h("div", {}, title, time, words)),
      offer,
      stage,
      remark,
      row,
      keys,
      again,
      instead,
      settings,
    ),
  );
  let since: number | null = null;
  const tick = () => {
    time.textContent = since === null ? "" : clock((Date.now() - since) / 1000);
  };
  setInterval(tick, 500);

  return {
    draw(shown) {
      if (title.textContent !== shown.title) title.textContent = shown.title;
      document.title = texts.windowWith(shown.title);
      words.textContent = shown.words;
      sign.className = `sign ${shown.tone}`.trim();
      sign.replaceChildren(shown.sign.length === 1 ? shown.sign : icon(shown.sign as IconName));
      since = shown.talking ? shown.since : null;
      time.hidden = since === null;
      tick();
      row.hidden = !shown.talking && !shown.calling;
      for (const { button } of [mute, keypad]) button.hidden = !shown.talking;
      camera.button.hidden = !shown.talking || !shown.pictures;
      if (!shown.talking) keys.hidden = true;
      mute.set(
        shown.muted ? texts.unmute : texts.mute,
        shown.muted ? texts.unmute : texts.mute,
        shown.muted ? "micOff" : "mic",
        shown.muted,
      );
      camera.set(
        shown.camera ? texts.cameraOff : texts.camera,
        texts.cameraShort,
        shown.camera ? "video" : "videoOff",
        shown.camera,
      );
      again.hidden = !shown.again;
      instead.hidden = !shown.instead;
      instead.textContent = shown.instead ? texts.instead(shown.instead) : "";
      settings.hidden = shown.again || (!shown.talking && !shown.calling);
    },
    say(text) {
      remark.textContent = text;
      remark.hidden = !text;
    },
  };
}
