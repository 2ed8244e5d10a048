// Fields of a form, each with its label, its hint and what is wrong with it.

import { h, icon } from "../dom";
import type { Field, Problem } from "../draft";
import { texts } from "../texts";
import { action, type Scene } from "./parts";

type Input = {
  part: string;
  label: string;
  value: string;
  fill: (value: string) => void;
  hint?: string;
  attributes?: Record<string, string>;
};

/** Focus is told by the part's name, and errors by `${field}-problem`. */
export function input({ part, label, value, fill, hint, attributes }: Input, field: Field): HTMLElement {
  const box = h("input", {
    id: part,
    "data-part": part,
    "data-field": field,
    value,
    "aria-describedby": `${part}-hint ${field}-problem`,
    input: (event) => fill((event.target as HTMLInputElement).value),
    ...attributes,
  });
  return h(
    "div",
    { class: "field" },
    h("label", { for: part }, label),
    box,
    hint ? h("small", { id: `${part}-hint` }, hint) : null,
  );
}

/** Part of a screen that is rebuilt when its key changes; whoever is in it stays there (`first`: or begins again). */
export function slot(
  make: () => (HTMLElement | null | false)[],
  first = "",
): {
  element: HTMLElement;
  update(key: string): void;
} {
  const element = h("div", { class: "slot" });
  let drawn: string | null = null;
  return {
    element,
    update(key) {
      if (key === drawn) return;
      drawn = key;
      const root = element.getRootNode();
      const focused = root instanceof ShadowRoot ? root.activeElement : null;
      const inside = focused && element.contains(focused) ? (focused.getAttribute("data-part") ?? "") : null;
      const made = make().filter((child) => child !== null && child !== false);
      element.hidden = made.length === 0;
      element.replaceChildren(...made);
      if (inside === null) return;
      const same = element.querySelector<HTMLElement>(`[data-part="${inside}"]`);
      (same ?? (first ? element.querySelector<HTMLElement>(first) : null))?.focus();
    },
  };
}

/** The words beside a wrong field, and the way round it. Focus goes there once, when the problem is new. */
export function problemSlot(scene: Scene, field: Field) {
  const { flow } = scene;
  const mine = () => (flow.callMe.problem?.field === field ? flow.callMe.problem : null);
  let told: Problem | null = null;
  const words = slot(() => {
    const problem = mine();
    if (!problem) return [];
    return [
      h("p", { class: "wrong", role: "alert" }, icon("alert"), h("span", {}, problem.words)),
      problem.callUs && action(texts.callUsInstead, "call-us", () => flow.callUsInstead()),
    ];
  });
  words.element.id = `${field}-problem`;
  return {
    element: words.element,
    update(form: HTMLElement) {
      const problem = mine();
      words.update(JSON.stringify(problem));
      const fields = form.querySelectorAll<HTMLElement>(`[data-field="${field}"]`);
      for (const one of fields) one.setAttribute("aria-invalid", String(problem !== null));
      if (problem && problem !== told) fields[0]?.focus();
      told = problem;
    },
  };
}
