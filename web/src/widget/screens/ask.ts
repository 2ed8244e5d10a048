// Call me: whom to call, and when (P15, P16); the same form changes a request that is there.
import { opening } from "../../shared/format";
import { h, icon } from "../dom";
import { texts } from "../texts";
import { waitInWords } from "../wait";
import { dateIn, ownZone, placeOf, windowInWords } from "../windows";
import { input, problemSlot, slot } from "./fields";
import { type Drawn, foot, heading, link, type Scene, setText } from "./parts";
import { times } from "./times";

export function ask(scene: Scene, changing: boolean): Drawn {
  const { flow } = scene;
  const { callMe } = flow;
  const number = numberPart(scene, changing);
  const when = whenPart(scene, changing);
  const consent = changing ? null : consentPart(scene);
  const problems = (["number", "name", "when", "consent"] as const).map((field) => problemSlot(scene, field));
  const [numberProblem, nameProblem, whenProblem, consentProblem] = problems.map((one) => one.element);
  const submit = h("button", { class: "action filled", type: "submit", "data-part": "submit" });
  const form = h(
    "form",
    {
      novalidate: true,
      submit: (event) => {
        event.preventDefault();
        void callMe.submit();
      },
    },
    number.element,
    numberProblem,
    nameProblem,
    number.links,
    when.element,
    whenProblem,
    consent?.element,
    consentProblem,
    submit,
  );
  return {
    body: [heading(changing ? texts.changeTitle : texts.askTitle), form],
    foot: [foot("lock", [texts.numberUse], null)],
    back: changing ? () => callMe.back() : () => flow.back(),
    update() {
      number.update();
      when.update();
      consent?.update();
      setText(submit, submitWords(scene, changing));
      submit.setAttribute("aria-disabled", String(callMe.busy));
      for (const problem of problems) problem.update(form);
    },
  };
}

function submitWords({ flow }: Scene, changing: boolean): string {
  const { draft, busy, times } = flow.callMe;
  const { offered } = times;
  if (busy) return changing ? texts.saving : texts.asking;
  if (changing) return texts.saveChange;
  if (draft.soon || !draft.window) return draft.soon ? texts.askSoon : texts.callMe;
  const today = offered?.got ? dateIn(offered.got.zone, offered.got.server_time) : "";
  return texts.askThen(windowInWords(draft.window, today));
}

function numberPart(scene: Scene, changing: boolean) {
  const { callMe } = scene.flow;
  const fields = slot(() => {
    const { known, byName } = callMe.draft;
    return known ? [knownNumber(scene)] : byName ? nameFields(scene) : [numberField(scene)];
  });
  const links = slot(() => [numberLinks(scene, changing)]);
  return {
    element: fields.element,
    links: links.element,
    update() {
      const { known, knownBy, byName } = callMe.draft;
      const key = JSON.stringify([known, knownBy, byName, callMe.offer?.region]);
      const inLinks = links.element.matches(":focus-within");
      fields.update(key);
      links.update(key);
      // The link led to another field: that is where the customer goes on.
      const stays = links.element.querySelector(":focus");
      if (inLinks && !stays) fields.element.querySelector("input")?.focus();
    },
  };
}

function knownNumber({ flow, config }: Scene): HTMLElement {
  const { draft } = flow.callMe;
  const told = {
    cookie: texts.remembered,
    shop: texts.fromShop(config.name),
    request: texts.asAsked,
  }[draft.knownBy ?? "cookie"];
  return h(
    "div",
    { class: "field" },
    h("span", { class: "label" }, texts.numberField),
    h("b", { class: "known", "data-part": "known" }, draft.known),
    h("small", {}, told),
  );
}

function numberLinks({ flow }: Scene, changing: boolean): HTMLElement | null {
  const { callMe } = flow;
  const { known, knownBy, byName } = callMe.draft;
  const other = () => callMe.choose({ known: null, knownBy: null, declined: true });
  if (known)
    return h(
      "div",
      { class: "row" },
      link(texts.otherNumber, "other-number", other),
      knownBy === "cookie" ? link(texts.forgetNumber, "forget", () => callMe.forgetNumber()) : null,
    );
  if (changing) return null;
  return byName
    ? link(texts.byNumber, "by-number", () => callMe.choose({ byName: false }))
    : link(texts.byName, "by-name", () => callMe.choose({ byName: true }));
}

function numberField({ flow }: Scene): HTMLElement {
  const { callMe } = flow;
  return input(
    {
      part: "phone",
      label: texts.numberField,
      value: callMe.draft.number,
      fill: (number) => callMe.fill({ number }),
      hint: texts.numberHint(countryName(callMe.offer?.region)),
      attributes: { type: "tel", autocomplete: "tel", maxlength: "40" },
    },
    "number",
  );
}

function nameFields({ flow }: Scene): HTMLElement[] {
  const { callMe } = flow;
  const { name, address } = callMe.draft;
  return [
    input(
      {
        part: "name",
        label: texts.nameField,
        value: name,
        fill: (words) => callMe.fill({ name: words }),
        attributes: { autocomplete: "name", maxlength: "200" },
      },
      "name",
    ),
    input(
      {
        part: "address",
        label: texts.addressField,
        value: address,
        fill: (words) => callMe.fill({ address: words }),
        hint: texts.addressHint,
        attributes: { autocomplete: "street-address", maxlength: "400" },
      },
      "name",
    ),
  ];
}

function whenPart(scene: Scene, changing: boolean) {
  const { callMe, pool } = scene.flow;
  const isLong = !changing && callMe.offer?.offer_windows === true;
  const soon = choice("soon", texts.soon, () => callMe.choose({ soon: true }));
  const zone = ownZone();
  const later = choice("later-on", texts.atATime, () => callMe.choose({ soon: false }));
  setText(later.detail, zone ? texts.yourZone(placeOf(zone)) : "");
  const hourly = times(scene);
  // Where the wait is long, the other times come first; the customer chooses.
  const order = isLong || pool?.open === false ? [later, soon] : [soon, later];
  const element = h(
    "fieldset",
    {},
    h("legend", {}, texts.when),
    isLong
      ? h(
          "div",
          { class: "notice" },
          icon("clock"),
          h("div", {}, h("b", {}, texts.longTitle), " ", texts.longChoose),
        )
      : null,
    ...order.flatMap((one) => (one === later ? [one.element, hourly.element] : [one.element])),
  );
  return {
    element,
    update() {
      soon.check(callMe.draft.soon);
      later.check(!callMe.draft.soon);
      setText(soon.detail, changing ? "" : soonDetail(scene));
      hourly.update();
    },
  };
}

function soonDetail({ flow }: Scene): string {
  const { pool, callMe } = flow;
  if (pool && !pool.open) return pool.opens_at ? texts.soonOpens(opening(pool.opens_at, new Date())) : "";
  return callMe.offer ? waitInWords(callMe.offer.estimate_seconds) : "";
}

function choice(part: string, label: string, change: () => void) {
  const radio = h("input", { type: "radio", name: "when", "data-part": part, change }) as HTMLInputElement;
  const detail = h("small");
  const element = h("label", { class: "option" }, radio, h("span", {}, h("b", {}, label), detail));
  return {
    element,
    detail,
    check(chosen: boolean) {
      radio.checked = chosen;
      element.classList.toggle("chosen", chosen);
    },
  };
}

function consentPart({ flow }: Scene) {
  const { callMe } = flow;
  const box = h("input", {
    type: "checkbox",
    "data-part": "agree",
    "data-field": "consent",
    "aria-describedby": "consent-problem",
    change: (event) => callMe.choose({ agreed: (event.target as HTMLInputElement).checked }),
  }) as HTMLInputElement;
  const words = h("span");
  const element = h("label", { class: "check" }, box, words);
  return {
    element,
    update() {
      element.hidden = !callMe.offer?.consent_text;
      setText(words, callMe.offer?.consent_text ?? "");
      box.checked = callMe.draft.agreed;
    },
  };
}

function countryName(region: string | undefined): string {
  try {
    return region ? (new Intl.DisplayNames(["en"], { type: "region" }).of(region) ?? "") : "";
  } catch {
    return "";
  }
}
