/** Set on a node of the snapshot whose content stayed in the customer's browser; the console draws it hatched. */
export const HIDDEN_ATTRIBUTE = "data-ctiapp-hidden";
/** What stands where a hidden value was: always the same, so its length tells nothing. */
export const HIDDEN_VALUE = "••••••";
/** Shops mark private parts of their pages with it. */
export const PRIVATE_ATTRIBUTE = "data-ctiapp-private";
/** Shops mark fields, or forms, with it whose values the agent may see. */
export const SHOW_ATTRIBUTE = "data-ctiapp-show";
