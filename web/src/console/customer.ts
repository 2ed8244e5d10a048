import type { Engagement } from "../shared/types";
import { texts } from "./texts";

/** A stranger stays a stranger: no name is guessed from candidates. */
export function nameOf(engagement: Engagement): string {
  return (
    engagement.customer?.name || (engagement.channel === "ordinary" ? texts.unknownCaller : texts.newCustomer)
  );
}
