// Looking for a customer: what is asked of the server, and what of its answers may be shown.

const LEAST = 3;

/** What is looked for, or null while it is too little. */
export function askFor(typed: string): string | null {
  const text = typed.trim().slice(0, 100);
  return (text.match(/[\p{L}\p{N}]/gu) ?? []).length >= LEAST ? text : null;
}

/** What was found while the agent had this interaction, or none (null). */
export type While<T> = { interaction: string | null; value: T };

/** Nothing that was found before the customer changed is shown beside the next one. */
export function during<T>(found: While<T> | null, interaction: string | null): T | null {
  return found && found.interaction === interaction ? found.value : null;
}
