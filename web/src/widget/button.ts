// <ctiapp-button data-pool="sales">, or any <button data-ctiapp-call-us data-pool="sales"> of the shop's own.
import { opening, timeOfDay } from "../shared/format";
import type { PoolStatus } from "../shared/types";
import { h, icon, sheet } from "./dom";
import type { Wish } from "./flow";
import { BUTTON } from "./styles";
import { texts } from "./texts";

type Press = (wish: Wish, button: HTMLElement) => void;

export function defineButton(
  press: Press,
  poolStatus: (pool: string) => Promise<PoolStatus | null>,
  shop: CSSStyleSheet,
): void {
  const look = sheet(BUTTON);
  class CtiappButton extends HTMLElement {
    connectedCallback(): void {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open", delegatesFocus: true });
      root.adoptedStyleSheets = [look, shop];
      const line = h("small", {}, texts.askByPhone);
      const words = h("span", {}, h("b", {}, this.dataset.label ?? texts.button), line);
      root.append(
        h(
          "button",
          { type: "button", "aria-haspopup": "dialog", click: () => press(wishOf(this), this) },
          icon("chat"),
          words,
        ),
      );
      void poolStatus(wishOf(this).pool).then((pool) => {
        if (pool) line.textContent = secondLine(pool);
      });
    }
  }
  if (!customElements.get("ctiapp-button")) customElements.define("ctiapp-button", CtiappButton);
  document.addEventListener("click", (event) => {
    const button =
      event.target instanceof Element ? event.target.closest<HTMLElement>("[data-ctiapp-call-us]") : null;
    if (!button) return;
    event.preventDefault();
    press(wishOf(button), button);
  });
}

function wishOf(button: HTMLElement): Wish {
  const { pool, skills, language, product } = button.dataset;
  return {
    pool: pool ?? "",
    skills: (skills ?? "").split(/[\s,]+/).filter(Boolean),
    language: language || null,
    product: product || null,
  };
}

function secondLine(pool: PoolStatus): string {
  if (!pool.open)
    return pool.opens_at ? texts.opensAt(opening(pool.opens_at, new Date())) : texts.closedTitle;
  if (pool.telephone === "down") return texts.phonesDown;
  return pool.closes_at ? texts.openUntil(timeOfDay(pool.closes_at)) : texts.askByPhone;
}
