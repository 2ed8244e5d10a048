// What the customer reads while an agent shows them something.
export const texts = {
  points: (name: string | null) => (name ? `${name} points here` : "Your agent points here"),
  marked: (name: string | null) => (name ? `${name} marked this` : "Your agent marked this"),
  proposal: (name: string | null) => (name ? `${name} suggests a page` : "Your agent suggests a page"),
  open: "Open this page",
  decline: "No, thanks",
};
