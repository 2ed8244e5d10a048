// <ctiapp-button data-pool="sales">, or any <button data-ctiapp-call-us data-pool="sales"> of the shop's own.
import { opening, timeOfDay } from "../shared/format";
import type { PoolStatus } from "../shared/types";
import { figure, rounded } from "../shared/wait";
import { h, icon, sheet } from "./dom";
import type { Wish } from "./session";
import { BUTTON } from "./styles";
import { buttonTexts as texts } from "./texts";

type Needs = {
  press: (wish: Wish, button: HTMLElement) => Promise<void>;
  /** Somebody goes for the button: what a press needs is loaded already. */
  near: () => void;
  poolStatus: (pool: string) => Promise<PoolStatus | null>;
  shop: CSSStyleSheet;
};

const OWN = "[data-ctiapp-call-us]";

export function defineButton({ press, near, poolStatus, shop }: Needs): void {
  const look = sheet(BUTTON);
  class CtiappButton extends HTMLElement {
    connectedCallback(): void {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open", delegatesFocus: true });
      root.adoptedStyleSheets = [look, shop];
      const line = h("small", { role: "status" }, texts.askByPhone);
      const words = h("span", {}, h("b", {}, this.dataset.label ?? texts.button), line);
      const click = () =>
        void press(wishOf(this), this).catch(() => {
          line.textContent = texts.notLoaded;
        });
      root.append(h("button", { type: "button", "aria-haspopup": "dialog", click }, icon("chat"), words));
      void poolStatus(wishOf(this).pool).then((pool) => {
        if (pool) line.textContent = secondLine(pool);
      });
    }
  }
  if (!customElements.get("ctiapp-button")) customElements.define("ctiapp-button", CtiappButton);
  const ownButton = (event: Event) =>
    event.target instanceof Element ? event.target.closest<HTMLElement>(OWN) : null;
  document.addEventListener("click", (event) => {
    const button = ownButton(event);
    if (!button) return;
    event.preventDefault();
    press(wishOf(button), button).catch(() => console.warn(`ctiapp: ${texts.notLoaded}`));
  });
  for (const event of ["pointerover", "focusin"]) {
    document.addEventListener(event, (one) => {
      if (one.target instanceof CtiappButton || ownButton(one)) near();
    });
  }
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
  if (!pool.closes_at) return texts.askByPhone;
  const wait = rounded(pool.call_me?.estimate_seconds ?? 0);
  return texts.openUntil(timeOfDay(pool.closes_at)) + (wait ? texts.waitNow(figure(wait)) : "");
}
