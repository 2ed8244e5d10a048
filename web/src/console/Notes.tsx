import { useEffect, useRef, useState } from "preact/hooks";
import { timeOfDay } from "../shared/format";
import type { Engagement } from "../shared/types";
import type { Desk } from "./desk";
import { texts } from "./texts";

const PAUSE = 700;

/** Notes of one call. They stay in one place from ring to wrap-up, so that nobody loses the cursor. */
export function Notes({
  desk,
  engagement,
  onDraft,
}: {
  desk: Desk;
  engagement: Engagement;
  onDraft: (note: string) => void;
}) {
  const { reservation } = engagement;
  const [text, setText] = useState(engagement.note);
  const [state, setState] = useState<"clean" | "dirty" | "failed" | "saved">("clean");
  const [at, setAt] = useState("");
  const latest = useRef(text);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const save = async () => {
    clearTimeout(timer.current);
    const sent = latest.current;
    try {
      await desk.api.notes(reservation, sent);
      if (latest.current !== sent) return;
      setState("saved");
      setAt(timeOfDay(new Date(desk.now()).toISOString()));
    } catch {
      setState("failed");
      timer.current = setTimeout(() => void save(), 3000);
    }
  };
  useEffect(() => () => clearTimeout(timer.current), []);

  const type = (event: Event) => {
    latest.current = (event.target as HTMLTextAreaElement).value;
    setText(latest.current);
    onDraft(latest.current);
    setState("dirty");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void save(), PAUSE);
  };
  return (
    <section class="block notes">
      <div class="between">
        <h2>
          <label for="notes">{texts.notes}</label>
        </h2>
        <small role="status">
          {state === "saved"
            ? texts.saved(at)
            : state === "failed"
              ? texts.notSaved
              : state === "dirty"
                ? texts.saving
                : texts.notesHint}
        </small>
      </div>
      <textarea id="notes" rows={4} value={text} onInput={type} />
      {state === "failed" && (
        <button type="button" class="btn small" onClick={() => void save()}>
          {texts.retry}
        </button>
      )}
    </section>
  );
}
