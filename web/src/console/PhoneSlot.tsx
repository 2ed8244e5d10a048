// The console's own telephone on the screen: whether it can be rung, Answer and Hang up in one place, what is wrong.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { Sample } from "../phone";
import { isInCall } from "../phone/machine";
import type { Engagement } from "../shared/types";
import type { Desk } from "./desk";
import { Icon } from "./icons";
import { useKeys } from "./keys";
import { signalOf } from "./signal";
import type { TelephoneState } from "./telephone";
import { texts } from "./telephoneTexts";

export function useTelephone({ telephone }: Desk): TelephoneState {
  const [state, setState] = useState(telephone.state);
  useLayoutEffect(() => {
    setState(telephone.state);
    return telephone.subscribe(() => setState(telephone.state));
  }, [telephone]);
  return state;
}

/** One tab of a browser has the telephone, and only there it rings. */
export function isElsewhere({ name, reason }: TelephoneState): boolean {
  return name === "refused" && (reason === "other_tab" || reason === "taken_over");
}

export function PhoneLine({ desk }: { desk: Desk }) {
  const { line, name } = useTelephone(desk);
  const [tone, words] = line
    ? ["registered", texts.registered]
    : name === "connecting" || name === "off"
      ? ["waits", texts.connecting]
      : ["lost", texts.notReachable];
  return (
    <span class={tone} data-part="phone-line">
      <i class="dot" />
      {words}
    </span>
  );
}

/** Why no call is offered, and the way out. */
export function PhoneBanner({ desk }: { desk: Desk }) {
  const state = useTelephone(desk);
  const { isHere, asks, name, reason, line } = state;
  if (!isHere) return null;
  if (asks && name === "connecting") {
    return <Banner tone="info" words={texts.askForMicrophone} />;
  }
  if (isInCall(state) && !line && reason) {
    return <Banner tone="warn" words={texts.whyInCall[reason] ?? texts.lineLost} />;
  }
  if (name === "ended" && reason && texts.ended[reason]) {
    return <Banner tone="warn" words={texts.ended[reason] ?? ""} />;
  }
  if (name !== "refused" || !reason) return null;
  const elsewhere = isElsewhere(state);
  return (
    <Banner tone={elsewhere ? "warn" : "bad"} words={texts.why[reason] ?? texts.failed}>
      <button
        type="button"
        class="btn small"
        data-part={elsewhere ? "use-here" : "try-again"}
        onClick={() => void desk.telephone.start(elsewhere)}
      >
        {elsewhere ? texts.useHere : texts.tryAgain}
      </button>
    </Banner>
  );
}

function Banner({
  tone,
  words,
  children,
}: {
  tone: string;
  words: string;
  children?: preact.ComponentChildren;
}) {
  return (
    <p class={`banner ${tone}`} role="alert" data-part="phone-banner">
      <Icon name={tone === "info" ? "phone" : "alert"} />
      <span>{words}</span>
      {children}
    </p>
  );
}

/** Answer, and after it Hang up: one place that never moves. */
export function PhoneButton({ desk, engagement }: { desk: Desk; engagement: Engagement | null }) {
  const state = useTelephone(desk);
  const { telephone } = desk;
  useKeys((key) => {
    if (key === "a" && state.name === "ringing") telephone.answer();
    else if (key === "hang up" && (state.name === "talking" || state.name === "held")) telephone.hangUp();
    else return false;
    return true;
  });
  useFocusOfAnswer(state.name);
  if (state.name === "ringing" && !state.isLocked) {
    return (
      <>
        <button type="button" class="btn go tall" data-part="answer" onClick={() => telephone.answer()}>
          <Icon name="phone" />
          {texts.answer}
          <kbd>A</kbd>
        </button>
        <div class="instead">
          {engagement?.from_page && engagement.video && (
            <button type="button" class="btn" data-part="answer-video" onClick={() => telephone.answer(true)}>
              <Icon name="video" />
              {texts.answerVideo}
            </button>
          )}
          <button type="button" class="btn warn" data-part="decline" onClick={() => telephone.decline()}>
            {texts.decline}
          </button>
        </div>
      </>
    );
  }
  if (state.name === "talking" || state.name === "held") {
    return (
      <button
        type="button"
        class="btn danger tall"
        data-part="hang-up"
        aria-disabled={state.isLocked}
        aria-keyshortcuts="Alt+Shift+E"
        title="Alt+Shift+E"
        onClick={() => telephone.hangUp()}
      >
        <Icon name="hangUp" />
        {texts.hangUp}
      </button>
    );
  }
  const tone = engagement?.state ?? "";
  return (
    <>
      <div class={`slot-button ${tone}`} data-part="slot">
        <Icon name={tone === "ringing" ? "bell" : "phone"} large />
        {waiting(state, tone)}
      </div>
      {tone === "talking" && !isInCall(state) && <p class="hint">{texts.noSoundHere}</p>}
    </>
  );
}

/** Whoever signed out in a call, or was signed out, still has it. */
export function CallGoesOn({ desk }: { desk: Desk }) {
  const state = useTelephone(desk);
  if (!isInCall(state)) return null;
  return (
    <section class="card goes-on">
      <p role="status">{texts.callGoesOn}</p>
      <PhoneButton desk={desk} engagement={null} />
    </section>
  );
}

function waiting(state: TelephoneState, engagement: string): string {
  if (state.name === "ringing" || state.name === "calling") return texts.answering;
  if (isElsewhere(state)) return texts.slotElsewhere;
  return engagement === "talking" ? texts.slotNoSound : texts.slotRinging;
}

/** Who waits with the focus on the page itself has Answer under it; whoever is anywhere else stays there. */
function useFocusOfAnswer(name: string): void {
  useEffect(() => {
    const { activeElement } = document;
    const isIdle = activeElement === null || activeElement === document.body;
    if (name === "ringing" && (isIdle || activeElement.closest(".state"))) {
      document.querySelector<HTMLElement>("[data-part=answer]")?.focus();
    }
  }, [name]);
}

/** What the network does to the call. */
export function Signal({ sample }: { sample: Sample }) {
  const { bars, word } = signalOf(sample);
  const trip = sample.round_trip_ms;
  return (
    <span class={`signal ${word}`} data-part="signal" title={texts.sound}>
      <svg viewBox="0 0 16 16" class="icon" aria-hidden="true" focusable="false">
        {[1, 2, 3, 4].map((bar) => (
          <path
            key={bar}
            d={`M${3.6 * bar - 1.5} 13.5V${13 - 2.6 * bar}`}
            class={bar <= bars ? "" : "weak"}
          />
        ))}
      </svg>
      {texts.quality[word]}
      {trip !== null && ` · ${texts.milliseconds(Math.round(trip))}`}
    </span>
  );
}
