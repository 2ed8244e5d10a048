import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { clock, initials } from "../shared/format";
import type { AgentView, StateName } from "../shared/types";
import { useChoices } from "./alerts";
import { secondsSince, secondsUntil, useServerNow } from "./clocks";
import type { Desk } from "./desk";
import { Brand, Icon, type IconName } from "./icons";
import { texts } from "./texts";

const ICONS: Record<StateName, IconName> = {
  ready: "check",
  not_ready: "slash",
  reserved: "clock",
  ringing: "bell",
  talking: "phone",
  wrap_up: "pencil",
  logged_out: "slash",
};

export type Next = { label: string; key: string; act: () => void };

export function TopBar({ desk, view, next }: { desk: Desk; view: AgentView; next: Next }) {
  const { today, agent } = view;
  return (
    <header class="top">
      <Brand />
      <StateControl desk={desk} view={view} next={next} />
      <dl class="today">
        <Figure value={String(today.calls)} name={texts.callsToday} />
        <Figure value={clock(today.average_talk_seconds ?? 0)} name={texts.averageTalk} />
        <Figure value={clock(today.average_wrap_up_seconds ?? 0)} name={texts.averageWrapUp} />
      </dl>
      <div class="who">
        <span class="avatar" aria-hidden="true">
          {initials(agent.name)}
        </span>
        <span>
          <b>{agent.name}</b>
          <small>{texts.agentLine(agent.id, agent.station)}</small>
        </span>
      </div>
      <Menu desk={desk} />
    </header>
  );
}

function Figure({ value, name }: { value: string; name: string }) {
  return (
    <div>
      <dd>{value}</dd>
      <dt>{name}</dt>
    </div>
  );
}

function StateControl({ desk, view, next }: { desk: Desk; view: AgentView; next: Next }) {
  const { state, engagement } = view;
  return (
    <div class="state" data-state={state.name}>
      <span class={`pill ${state.name}`}>
        <Icon name={ICONS[state.name]} />
        {texts.states[state.name]}
      </span>
      <span role="status" class="spoken">
        {texts.states[state.name]}
      </span>
      <StateTimer desk={desk} view={view} />
      <button type="button" class="btn small soft" data-part="next-state" onClick={next.act}>
        {next.label}
        <kbd>{next.key}</kbd>
      </button>
      {engagement && state.pause_after.length > 0 && (
        <small class="pause-after" data-part="pause-after">
          {texts.thenPause(state.pause_after.map((reason) => reasonName(view, reason)).join(", "))}
        </small>
      )}
      {view.pause_reasons.length > 1 && <Reasons desk={desk} view={view} />}
    </div>
  );
}

function StateTimer({ desk, view }: { desk: Desk; view: AgentView }) {
  const now = useServerNow(desk);
  const wrapUp = view.engagement?.state === "wrap_up" ? view.engagement.wrap_up_until : null;
  const seconds = wrapUp ? secondsUntil(wrapUp, now) : secondsSince(view.state.since, now);
  return (
    <span class="timer" role="timer">
      {clock(seconds)}
    </span>
  );
}

export function reasonName(view: AgentView, reason: string): string {
  return (
    view.pause_reasons.find((known) => known.id === reason)?.name ??
    texts.reasons[reason] ??
    reason.replace(/_/g, " ")
  );
}

/** A pause is a set: each reason is put on or taken off, and the list stays open for the next one. */
function Reasons({ desk, view }: { desk: Desk; view: AgentView }) {
  const { pauses } = view.state;
  const known = view.pause_reasons.map((reason) => reason.id);
  return (
    <Drop label={texts.chooseReason} icon="down" part="reasons">
      {() =>
        [...known, ...pauses.filter((reason) => !known.includes(reason))].map((reason) => (
          <button
            type="button"
            role="menuitemcheckbox"
            aria-checked={pauses.includes(reason)}
            class="item check"
            key={reason}
            onClick={() =>
              void desk.attempt(() =>
                pauses.includes(reason) ? desk.api.unpause(reason) : desk.api.notReady(reason),
              )
            }
          >
            {reasonName(view, reason)}
            {pauses.includes(reason) && <Icon name="check" />}
          </button>
        ))
      }
    </Drop>
  );
}

function Menu({ desk }: { desk: Desk }) {
  const [chosen, choose] = useChoices();
  return (
    <Drop label={texts.menu} icon="more" part="menu" right>
      {(close) => (
        <>
          <button
            type="button"
            role="menuitemcheckbox"
            aria-checked={chosen.sound}
            class="item"
            onClick={() => choose({ sound: !chosen.sound })}
          >
            {texts.sound}
            <span>{chosen.sound ? texts.on : texts.off}</span>
          </button>
          <button
            type="button"
            role="menuitemcheckbox"
            aria-checked={chosen.keys}
            class="item"
            onClick={() => choose({ keys: !chosen.keys })}
          >
            {texts.singleKeys}
            <span>{chosen.keys ? texts.on : texts.off}</span>
          </button>
          <button
            type="button"
            role="menuitem"
            class="item line"
            data-part="sign-out"
            onClick={() => {
              close();
              void desk.signOut();
            }}
          >
            {texts.signOut}
          </button>
        </>
      )}
    </Drop>
  );
}

type DropProps = {
  label: string;
  icon: IconName;
  part: string;
  right?: boolean;
  children: (close: () => void) => preact.ComponentChildren;
};

function Drop({ label, icon, part, right = false, children }: DropProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const close = () => {
    setOpen(false);
    box.current?.querySelector("button")?.focus();
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === "Escape" && open) close();
    if (!open || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    const items = [...(box.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length]?.focus();
  };
  useLayoutEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>('[role^="menuitem"]')?.focus();
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", move);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", move);
    };
  }, [open]);
  return (
    <div class={right ? "drop end" : "drop"} ref={box}>
      <button
        type="button"
        class="btn icon-only quiet"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        data-part={part}
        onClick={() => setOpen(!open)}
      >
        <Icon name={icon} />
      </button>
      {open && (
        <div class="menu" role="menu" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
