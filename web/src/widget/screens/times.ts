// The times at which we could call: a day, then an hour of it.
import type { FreeWindow } from "../../shared/types";
import { h } from "../dom";
import { texts } from "../texts";
import { dateIn, dayName, days, hours, sameWindow } from "../windows";
import { slot } from "./fields";
import { action, link, type Scene } from "./parts";

export function times(scene: Scene) {
  const { callMe } = scene.flow;
  const area = slot(() => (callMe.draft.soon ? [] : draw(scene)), "button");
  return {
    element: area.element,
    update() {
      const { soon, day, window } = callMe.draft;
      area.update(soon ? "" : JSON.stringify([day, window, callMe.times.offered]));
    },
  };
}

function draw({ flow }: Scene): (HTMLElement | null)[] {
  const { callMe } = flow;
  const { draft, times } = callMe;
  const { offered } = times;
  const windows = offered?.got?.windows ?? [];
  if (!windows.length && (!offered || offered.state === "loading"))
    return [h("p", { role: "status" }, texts.timesLoading)];
  if (offered?.state === "failed")
    return [
      h("p", { role: "status" }, texts.timesFailed),
      action(texts.tryAgain, "times-again", () => void times.load(offered.from)),
    ];
  const open = days(windows);
  const day = draft.day && open.includes(draft.day) ? draft.day : open[0];
  const today = offered?.got ? dateIn(offered.got.zone, offered.got.server_time) : "";
  const chips = open.map((one) => {
    const { name, date } = dayName(one, today);
    return chip(`day-${one}`, one === day, () => callMe.choose({ day: one }), h("b", {}, name), date);
  });
  const hourChips = windows
    .filter((one) => one.date === day)
    .map((one) =>
      hourChip(one, sameWindow(one, draft.window), () => callMe.choose({ window: one, day: one.date })),
    );
  return [
    open.length
      ? h("div", { class: "days", role: "group", "aria-label": texts.day }, ...chips)
      : h("p", { role: "status" }, texts.noTimes),
    hourChips.length
      ? h("div", { class: "hourly", role: "group", "aria-label": texts.time }, ...hourChips)
      : null,
    h(
      "div",
      { class: "row" },
      offered?.from ? link(texts.earlierDays, "earlier", () => void times.load()) : h("span"),
      link(texts.laterDays, "later", () => times.later()),
    ),
  ];
}

function hourChip(one: FreeWindow, chosen: boolean, click: () => void): HTMLElement {
  return chip(`time-${one.from}`, chosen, click, hours(one));
}

function chip(part: string, chosen: boolean, click: () => void, ...words: (Node | string)[]): HTMLElement {
  return h(
    "button",
    {
      class: "chip",
      type: "button",
      "data-part": part,
      "data-field": "when",
      "aria-pressed": String(chosen),
      click,
    },
    ...words,
  );
}
