import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AgentView, Engagement } from "../shared/types";
import type { Desk } from "./desk";
import { Icon } from "./icons";
import { isTyping, useKeys } from "./keys";
import { texts } from "./texts";

type Props = {
  desk: Desk;
  view: AgentView;
  engagement: Engagement;
  note: () => string;
  /** Opens the form for a callback; null: it is open, or there is none. */
  onCallBack: (() => void) | null;
};

export function WrapUp({ desk, view, engagement, note, onCallBack }: Props) {
  const { dispositions } = view;
  const group = useRef<HTMLFieldSetElement>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);

  useLayoutEffect(() => {
    if (!isTyping(document.activeElement)) group.current?.querySelector("input")?.focus();
  }, []);

  const save = async (ready: boolean) => {
    if (saving) return;
    if (!chosen && engagement.disposition_required) {
      setProblem(texts.chooseOutcome);
      group.current?.querySelector("input")?.focus();
      return;
    }
    setSaving(true);
    setProblem(null);
    const done = await desk.attempt(() => desk.api.finish(engagement.reservation, chosen, note(), ready));
    if (!done) setProblem(texts.saveFailed);
    setSaving(false);
  };

  useKeys((key) => {
    const disposition = /^[1-9]$/.test(key) ? dispositions[Number(key) - 1] : undefined;
    if (disposition) setChosen(disposition.id);
    else if (key === "ctrl+enter") void save(true);
    else return false;
    return true;
  });

  return (
    <section class="wrap-up" aria-label={texts.outcome}>
      <header class="page-head">
        <h2>{texts.outcome}</h2>
        <span class="pill not_ready">
          <Icon name="eyeOff" />
          {texts.pageClosed}
        </span>
      </header>
      <div class="wrap-body">
        <fieldset ref={group} class="outcomes" aria-describedby="outcome-problem">
          <legend>
            {texts.whatHappened}{" "}
            <small>{engagement.disposition_required ? texts.required : texts.optional}</small>
          </legend>
          {dispositions.map((disposition, index) => (
            <label key={disposition.id} class={chosen === disposition.id ? "outcome chosen" : "outcome"}>
              <input
                type="radio"
                name="disposition"
                value={disposition.id}
                checked={chosen === disposition.id}
                onChange={() => setChosen(disposition.id)}
              />
              {chosen === disposition.id && <Icon name="check" />}
              <span>{disposition.name}</span>
              {index < 9 && <kbd>{index + 1}</kbd>}
            </label>
          ))}
        </fieldset>
        <p id="outcome-problem" role="alert" class={problem ? "banner bad" : "empty"}>
          {problem && <Icon name="alert" />}
          {problem}
        </p>
        <div class="row">
          <button
            type="button"
            class="btn primary"
            data-part="finish-ready"
            aria-disabled={saving}
            onClick={() => void save(true)}
          >
            {saving ? texts.saving : texts.saveReady}
            <kbd>Ctrl Enter</kbd>
          </button>
          <button
            type="button"
            class="btn"
            data-part="finish-not-ready"
            aria-disabled={saving}
            onClick={() => void save(false)}
          >
            {texts.saveNotReady}
          </button>
          {onCallBack && (
            <button type="button" class="btn" data-part="call-back" onClick={onCallBack}>
              <Icon name="callback" />
              {texts.createCallback}
            </button>
          )}
        </div>
      </div>
    </section>
  );
}
