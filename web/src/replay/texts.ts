// What the agent reads about the live page.
export const texts = {
  title: "Live page",
  live: "Customer agreed",
  behind: (seconds: number) => `${seconds} s behind`,
  paused: "Paused: the customer looks at something else",
  stopped: "The customer stopped showing the page",
  tooLarge: "The page is too large to be shown live",
  away: "The customer's page is not open",
  closed: "Page closed at hang-up",
  pointer: "Pointer",
  pointerOn: "The customer sees where you point. Click to mark.",
  you: "You (customer sees this)",
  suggest: "Suggest a page",
  suggestLabel: "Address of a page of this shop",
  suggestSend: "Suggest",
  suggested: {
    asked: "Suggested. The customer decides.",
    accepted: "The customer opened it.",
    declined: "The customer stayed on this page.",
    refused: "That is no page of this shop, or the customer's page is not open.",
  },
  cancel: "Cancel",
};
