import { useEffect, useRef, useState } from "preact/hooks";
import type { AgentView, Engagement, FreeWindow } from "../shared/types";
import { bookedWords, windowWords, zoneWords } from "./callbacks";
import type { Windows } from "./client";
import type { Desk } from "./desk";
import { Icon } from "./icons";
import { texts } from "./texts";

type Props = {
  desk: Desk;
  view: AgentView;
  engagement: Engagement;
  open: boolean;
  onOpen: (open: boolean) => void;
};

/** In the call or after it: the next call is promised. It stays in one place from the one to the other. */
export function NewCallback({ desk, view, engagement, open, onOpen }: Props) {
  const { callback } = engagement;
  const begin = useRef<HTMLButtonElement>(null);
  const was = useRef(open);
  useEffect(() => {
    if (was.current && !open) begin.current?.focus();
    was.current = open;
  }, [open]);
  if (callback) return <Booked desk={desk} engagement={engagement} />;
  const after = engagement.state === "talking" || engagement.state === "wrap_up";
  if (!after || !engagement.may_call_back) return null;
  if (open) return <Form desk={desk} view={view} engagement={engagement} onClose={() => onOpen(false)} />;
  return (
    <button ref={begin} type="button" class="btn" data-part="new-callback" onClick={() => onOpen(true)}>
      <Icon name="callback" />
      {texts.createCallback}
    </button>
  );
}

function Booked({ desk, engagement }: { desk: Desk; engagement: Engagement }) {
  const { callback } = engagement;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Its form, and the focus in it, are gone; whoever is elsewhere stays there.
    if (document.activeElement === document.body) box.current?.focus();
  }, []);
  if (!callback) return null;
  return (
    <div class="new-callback" role="status" tabIndex={-1} ref={box} data-part="booked">
      <p class="row">
        <Icon name="check" />
        <b class="grow">{texts.callbackBooked}</b>
      </p>
      <p>
        {bookedWords(callback, desk.now())} · {callback.mine ? texts.you : texts.theTeam}
        <br />
        <small>{callback.display_number}</small>
      </p>
      {callback.state === "queued" && (
        <button
          type="button"
          class="btn small"
          data-part="cancel-callback"
          onClick={() => void desk.attempt(() => desk.api.cancelCallback(callback.interaction))}
        >
          {texts.cancelCallback}
        </button>
      )}
    </div>
  );
}

function Form({
  desk,
  view,
  engagement,
  onClose,
}: {
  desk: Desk;
  view: AgentView;
  engagement: Engagement;
  onClose: () => void;
}) {
  const [number, setNumber] = useState(engagement.customer?.phone ?? engagement.caller ?? "");
  const [day, setDay] = useState<string | null>(null);
  const [found, setFound] = useState<Windows | null>(null);
  const [chosen, setChosen] = useState("");
  const [mine, setMine] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  const latest = useRef(0);

  useEffect(() => first.current?.focus(), []);
  useEffect(() => {
    // Who types a number is not asked about each digit of it.
    const timer = setTimeout(() => void look(), found ? 400 : 0);
    return () => clearTimeout(timer);
  }, [number, day]);

  const look = async () => {
    latest.current += 1;
    const mine = latest.current;
    let windows: Windows | null = null;
    const refused = await desk.refusalOf(async () => {
      windows = await desk.api.windows(engagement.reservation, number.trim(), day);
    });
    if (mine !== latest.current) return;
    setProblem(refused);
    if (windows) take(windows);
  };
  const take = (windows: Windows) => {
    setFound(windows);
    const days = windows.windows.map((one) => one.date);
    const shown = day && days.includes(day) ? day : (days[0] ?? day);
    if (!day && shown) setDay(shown);
  };
  const of = found?.windows.filter((one) => one.date === day) ?? [];
  const window = of.find((one) => one.starts_at === chosen) ?? of[0];

  const save = async (event: Event) => {
    event.preventDefault();
    if (saving) return;
    if (!window) return setProblem(texts.chooseTime);
    setSaving(true);
    setProblem(
      await desk.refusalOf(() =>
        desk.api.callBack(engagement.reservation, number.trim(), intentOf(window), mine),
      ),
    );
    setSaving(false);
  };
  return (
    <form class="new-callback" data-part="callback-form" onSubmit={(event) => void save(event)} noValidate>
      <div class="between">
        <h3>
          <Icon name="callback" />
          {texts.createCallback}
        </h3>
        <button type="button" class="btn small quiet" onClick={onClose}>
          {texts.cancel}
        </button>
      </div>
      {found && <p class="hint">{texts.theirZone(zoneWords(found.zone, new Date(desk.now())))}</p>}
      <div class="fields">
        <label class="wide">
          {texts.date}
          <input
            ref={first}
            type="date"
            name="day"
            value={day ?? ""}
            min={found?.server_time.slice(0, 10)}
            onInput={(event) => setDay((event.target as HTMLInputElement).value || null)}
            aria-describedby="callback-problem"
          />
        </label>
        <label class="wide">
          {texts.windowTheirTime}
          <select
            name="window"
            value={window?.starts_at ?? ""}
            onChange={(event) => setChosen((event.target as HTMLSelectElement).value)}
          >
            {of.map((one) => (
              <option key={one.starts_at} value={one.starts_at}>
                {windowWords(one)}
              </option>
            ))}
            {!of.length && <option value="">{found ? texts.noTimeThatDay : "…"}</option>}
          </select>
        </label>
        <label class="wide">
          {texts.number}
          <input
            type="tel"
            name="number"
            value={number}
            onInput={(event) => setNumber((event.target as HTMLInputElement).value)}
            aria-describedby="callback-number callback-problem"
          />
          <span class="hint" id="callback-number">
            {found && (found.barred ? (texts.refusals[found.barred] ?? texts.numberMarked) : texts.notBarred)}
          </span>
        </label>
        <fieldset class="wide who-calls">
          <legend>{texts.whoCalls}</legend>
          <Who name={texts.me} chosen={mine} onChoose={() => setMine(true)} />
          <Who
            name={texts.anyAgent(skillOf(view, engagement))}
            chosen={!mine}
            onChoose={() => setMine(false)}
          />
          <p class="hint">{mine ? texts.ifYouAreAway : texts.whoIsFree}</p>
        </fieldset>
      </div>
      <p id="callback-problem" role="alert" class={problem ? "banner bad" : "empty"}>
        {problem && <Icon name="alert" />}
        {problem}
      </p>
      <button type="submit" class="btn primary" data-part="book" aria-disabled={saving}>
        {saving ? texts.saving : texts.book}
      </button>
    </form>
  );
}

function Who({ name, chosen, onChoose }: { name: string; chosen: boolean; onChoose: () => void }) {
  return (
    <label class={chosen ? "outcome chosen" : "outcome"}>
      <input type="radio" name="who-calls" checked={chosen} onChange={onChoose} />
      {chosen && <Icon name="check" />}
      <span>{name}</span>
    </label>
  );
}

/** What led the choice of this agent: "kitchens". */
function skillOf(view: AgentView, engagement: Engagement): string {
  const why = engagement.why.find((line) => line.rule === "skill")?.text ?? "";
  const skill = /^[a-z_-]+/i.exec(why)?.[0] ?? engagement.pool ?? "";
  return Object.keys(view.agent.skills).find((known) => known === skill.toLowerCase()) ?? skill;
}

function intentOf({ date, from, until, zone }: FreeWindow) {
  return { date, from, until, zone };
}
