// What the window that holds a customer's telephone tells the shop's page that opened it: no secret, and only to that shop.

/** `asking`: the microphone, or the line; nobody was called yet. `failed`: nobody was reached, and it can be tried again. */
export type WindowStep = "asking" | "calling" | "talking" | "over" | "failed";

export type WindowNews = {
  ctiapp: "call_window";
  interaction: string;
  step: WindowStep;
  /** For the customer: what the window itself says. */
  words: string;
};

/** Milliseconds: also without anything new, so that the shop's next page finds the window. */
export const NEWS_EVERY = 1000;
