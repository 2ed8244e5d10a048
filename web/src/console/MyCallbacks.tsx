import { useEffect, useRef, useState } from "preact/hooks";
import type { AgentView, Callback } from "../shared/types";
import type { Alerts } from "./alerts";
import { dueWords, keyOf, promiseWords, type Reminder, reminders, stateWords } from "./callbacks";
import { useServerNow } from "./clocks";
import type { Desk } from "./desk";
import { Icon } from "./icons";
import { texts } from "./texts";

const SHOWN_FOR = 15_000;

/** The callbacks that wait for this agent, the next one first. */
export function MyCallbacks({ desk, view }: { desk: Desk; view: AgentView }) {
  const { callbacks } = view;
  return (
    <section class="block" aria-labelledby="my-callbacks" data-part="callbacks">
      <div class="between">
        <h2 id="my-callbacks">{texts.myCallbacks}</h2>
        {callbacks.length > 0 && <small>{callbacks.length}</small>}
      </div>
      {callbacks.length ? (
        <ul class="callbacks">
          {callbacks.map((callback) => (
            <CallbackLine key={callback.interaction} desk={desk} callback={callback} />
          ))}
        </ul>
      ) : (
        <p class="hint">{texts.noCallbacks}</p>
      )}
    </section>
  );
}

export function CallbackLine({ desk, callback }: { desk: Desk; callback: Callback }) {
  const now = useServerNow(desk);
  const who = callback.name ?? callback.display_number;
  return (
    <li>
      <b>{dueWords(callback, now)}</b>
      <span>
        {who}
        <small>{[stateWords(callback, now), promiseWords(callback)].filter(Boolean).join(" · ")}</small>
      </span>
      {callback.state === "queued" && <CallNow desk={desk} callback={callback} />}
    </li>
  );
}

function CallNow({ desk, callback, words }: { desk: Desk; callback: Callback; words?: string }) {
  const [busy, setBusy] = useState(false);
  const call = async () => {
    if (busy) return;
    setBusy(true);
    await desk.attempt(() => desk.api.callNow(callback.interaction));
    setBusy(false);
  };
  const name = texts.callNow(callback.name ?? callback.display_number);
  return (
    <button
      type="button"
      class={words ? "btn small" : "btn icon-only"}
      aria-label={name}
      title={name}
      aria-disabled={busy}
      data-part="call-now"
      onClick={() => void call()}
    >
      <Icon name="phone" />
      {words}
    </button>
  );
}

/** Five minutes before a callback and at its time: a tone, and a few words that go away by themselves. */
export function Reminders({ desk, view, alerts }: { desk: Desk; view: AgentView; alerts: Alerts }) {
  const told = useRef(new Set<string>());
  const [shown, setShown] = useState<Reminder | null>(null);
  const callbacks = useRef(view.callbacks);
  callbacks.current = view.callbacks;
  useEffect(() => {
    const look = () => {
      const [next] = reminders(callbacks.current, desk.now(), told.current);
      if (!next) return;
      told.current.add(keyOf(next));
      setShown(next);
      alerts.reminder();
    };
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [desk, alerts]);
  const current = shown && view.callbacks.find((one) => one.interaction === shown.callback.interaction);
  return (
    <div class="toasts" role="status">
      {shown && current?.state === "queued" && (
        <Toast key={keyOf(shown)} desk={desk} reminder={shown} onGone={() => setShown(null)} />
      )}
    </div>
  );
}

function Toast({ desk, reminder, onGone }: { desk: Desk; reminder: Reminder; onGone: () => void }) {
  const { callback, when } = reminder;
  const who = callback.name ?? callback.display_number;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // It stays while somebody is about to press its button.
    const timer = setInterval(() => {
      if (!box.current?.matches(":hover, :focus-within")) onGone();
    }, SHOWN_FOR);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="toast" ref={box} data-part="reminder">
      <Icon name="callback" large />
      <span>
        <b>{when === "soon" ? texts.callbackSoon(who) : texts.callbackNow(who)}</b>
        <small>{when === "soon" ? texts.callbackSoonDetail : texts.callbackNowDetail}</small>
      </span>
      {when === "soon" && <CallNow desk={desk} callback={callback} words={texts.call} />}
      <button type="button" class="btn small quiet" onClick={onGone}>
        {texts.ok}
      </button>
    </div>
  );
}
