import { useState } from "preact/hooks";
import type { Engagement } from "../shared/types";
import type { Desk } from "./desk";
import { Icon } from "./icons";
import { useKeys } from "./keys";
import { texts } from "./texts";

/** The agent has read the request: call, or leave it to the next one. */
export function Preview({ desk, engagement }: { desk: Desk; engagement: Engagement }) {
  const { reservation } = engagement;
  const [doing, setDoing] = useState<"accept" | "refuse" | null>(null);
  const decide = async (what: "accept" | "refuse") => {
    if (doing) return;
    setDoing(what);
    await desk.attempt(() => (what === "accept" ? desk.api.accept(reservation) : desk.api.pass(reservation)));
    setDoing(null);
  };
  useKeys((key) => {
    if (key !== "a") return false;
    void decide("accept");
    return true;
  });
  return (
    <div class="decide">
      <button
        type="button"
        class="btn primary tall"
        data-part="accept"
        aria-disabled={doing !== null}
        onClick={() => void decide("accept")}
      >
        <Icon name="phone" />
        {doing === "accept" ? texts.accepting : texts.accept}
        <kbd>A</kbd>
      </button>
      <button
        type="button"
        class="btn"
        data-part="pass"
        aria-disabled={doing !== null}
        onClick={() => void decide("refuse")}
      >
        {doing === "refuse" ? texts.passing : texts.refuse}
      </button>
      <p class="hint">{texts.previewEnds}</p>
    </div>
  );
}
