// A button was pressed: which way to talk, and whether the page is shown.
import { timeOfDay } from "../../shared/format";
import type { PoolStatus } from "../../shared/types";
import { figure, rounded } from "../../shared/wait";
import { h, type IconName, icon } from "../dom";
import { texts } from "../texts";
import { type Drawn, heading, link, type Scene } from "./parts";

export function choose(scene: Scene, pool: PoolStatus | null): Drawn {
  const { flow } = scene;
  const wait = rounded(pool?.call_me?.estimate_seconds ?? 0);
  const until = pool?.closes_at ? texts.openUntil(timeOfDay(pool.closes_at)) : "";
  const line = until + (wait ? texts.waitNow(figure(wait)) : "");
  return {
    body: [
      heading(texts.chooseTitle),
      choice("phone", "call-us", texts.callUs, texts.callUsDetail, () => void flow.callUs.ask()),
      pool?.call_me
        ? choice("callback", "call-me", texts.callMe, texts.callMeDetail, () => flow.callMe.open())
        : null,
      line ? h("div", { class: "hours" }, icon("clock"), line.replace(/^ · a/, "A")) : null,
    ],
    foot: [consent(scene)],
  };
}

function choice(name: IconName, part: string, title: string, detail: string, click: () => void): HTMLElement {
  return h(
    "button",
    { class: "choice", type: "button", "data-part": part, click },
    h("div", { class: "badge" }, icon(name)),
    h("span", {}, h("b", {}, title), detail),
    icon("next"),
  );
}

function consent({ flow, shown }: Scene): HTMLElement {
  const { share } = shown;
  const details = h("p", { hidden: true, "data-part": "shared-detail" }, texts.sharedDetail);
  const more = link(texts.whatIsShared, "what-is-shared", () => {
    details.hidden = !details.hidden;
    more.setAttribute("aria-expanded", String(!details.hidden));
  });
  more.setAttribute("aria-expanded", "false");
  return h(
    "div",
    { class: "foot" },
    icon(share ? "eye" : "eyeOff"),
    h("div", {}, texts.consent, h("br"), more, details),
    h(
      "button",
      {
        class: "switch",
        type: "button",
        role: "switch",
        "aria-checked": String(share),
        "aria-label": texts.consentLabel,
        "data-part": "share",
        click: () => flow.setShare(!shown.share),
      },
      h("i"),
      share ? texts.on : texts.off,
    ),
  );
}
