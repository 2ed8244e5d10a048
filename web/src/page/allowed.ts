// What a shop lets its agents see of what customers type. Nothing that it did not allow leaves the customer's browser.
import { SHOW_ATTRIBUTE } from "../shared/constants";

export class Allowed {
  /** `selector`: what `data-show` on the script tag says, or null. */
  constructor(private readonly selector: string | null) {}

  /** Whether the shop allowed this element or one around it; the nearest word counts (`data-ctiapp-show="no"`). */
  has(element: Element): boolean {
    for (let at: Element | null = element; at; at = parentOf(at)) {
      const said = at.getAttribute(SHOW_ATTRIBUTE);
      if (said !== null) return said.toLowerCase() !== "no";
      if (this.selector && at.matches(this.selector)) return true;
    }
    return false;
  }
}

/** `<script src="…/widget.js" data-site="…" data-show="form.order, [name=promotion]">`; a wrong selector allows nothing. */
export function allowedBy(document: Document): Allowed {
  const selector = document.querySelector<HTMLScriptElement>("script[data-site][data-show]")?.dataset.show;
  try {
    if (selector) document.createElement("p").matches(selector);
    return new Allowed(selector || null);
  } catch {
    console.warn(`ctiapp: data-show "${selector}" is no selector: nothing is shown of what is typed`);
    return new Allowed(null);
  }
}

/** The element around this one, also across the border of a shadow root. */
export function parentOf(element: Element): Element | null {
  if (element.parentElement) return element.parentElement;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}
