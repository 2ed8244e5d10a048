import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { isInCall } from "../phone/machine";
import { clock, initials } from "../shared/format";
import type { AgentView, CallOut, Engagement } from "../shared/types";
import { CallControls, CallStanding, Pictures } from "./CallControls";
import { secondsSince, secondsUntil, useServerNow } from "./clocks";
import { nameOf } from "./customer";
import type { Desk } from "./desk";
import { Icon, type IconName } from "./icons";
import { earlierTries, LOOKS, moment, phaseOf, phaseSeconds, promised, timeThere } from "./outgoing";
import { PhoneButton, PhoneLine, Signal, useTelephone } from "./PhoneSlot";
import { Preview } from "./Preview";
import { SoundMenu } from "./SoundMenu";
import { TransferControl, TransferPanel, TransferStanding } from "./Transfer";
import { texts as phoneTexts } from "./telephoneTexts";
import { texts } from "./texts";
import { canStart, isOnHold } from "./transfer";

export function CallSlot({ desk, view }: { desk: Desk; view: AgentView }) {
  const { engagement, telephone, agent } = view;
  const own = useTelephone(desk);
  return (
    <section class="slot" aria-label={texts.stationLine(agent.station)}>
      <p class="phone-line">
        {own.isHere ? (
          <PhoneLine desk={desk} />
        ) : (
          <span class={telephone.reachable ? "registered" : "lost"}>
            <i class="dot" />
            {telephone.reachable ? texts.registered : texts.phoneLost}
          </span>
        )}
        {own.isHere ? <SoundMenu desk={desk} /> : <span>{texts.stationLine(agent.station)}</span>}
      </p>
      {engagement ? (
        <Call desk={desk} engagement={engagement} key={engagement.reservation} />
      ) : isInCall(own) ? (
        <>
          <PhoneButton desk={desk} engagement={null} />
          <CallControls desk={desk} engagement={null} />
        </>
      ) : (
        <div class="slot-button" aria-disabled="true">
          <Icon name="phone" large />
          {texts.slotIdle}
        </div>
      )}
    </section>
  );
}

const SLOT: Record<Engagement["state"], { icon: IconName; words: string; label: string }> = {
  reserved: { icon: "bell", words: texts.slotWaiting, label: texts.timeLeft },
  ringing: { icon: "bell", words: texts.slotRinging, label: texts.ringingStation },
  talking: { icon: "phone", words: texts.slotTalking, label: texts.talkTime },
  wrap_up: { icon: "pencil", words: texts.slotWrapUp, label: texts.wrapUpLeft },
};

const NUMBER: Record<Engagement["channel"], string> = {
  call_us: texts.numberGiven,
  call_me: texts.numberCalled,
  ordinary: texts.dialled,
};

function Call({ desk, engagement }: { desk: Desk; engagement: Engagement }) {
  const { state, reservation } = engagement;
  const [passing, setPassing] = useState(false);
  const [sends, setSends] = useState(false);
  const isHeld = isOnHold(engagement);
  const canSend = canStart(engagement);
  const own = useTelephone(desk);
  const rings = isInCall(own) || state === "ringing" || state === "talking";
  const name = nameOf(engagement);
  const phase = phaseOf(engagement);
  const slot = phase
    ? { icon: LOOKS[phase].icon, words: LOOKS[phase].slot, label: LOOKS[phase].label }
    : SLOT[state];
  const pass = async () => {
    setPassing(true);
    await desk.attempt(() => desk.api.pass(reservation));
    setPassing(false);
  };
  return (
    <>
      <div class="person">
        <span class="avatar" aria-hidden="true">
          {engagement.customer?.name ? initials(engagement.customer.name) : "?"}
        </span>
        <span>
          <b data-part="slot-name">{name}</b>
          <small>
            {texts.channels[engagement.channel] ?? engagement.channel}
            {engagement.display_number ? ` · ${engagement.display_number}` : ""}
          </small>
        </span>
      </div>
      <p class={`slot-time ${state}`}>
        <span>
          {state === "ringing" && <Icon name="bell" />}
          {slot.label}
        </span>
        {own.sample && <Signal sample={own.sample} />}
        <SlotTimer desk={desk} engagement={engagement} />
      </p>
      {phase === "preview" ? (
        <Preview desk={desk} engagement={engagement} />
      ) : own.isHere && rings ? (
        <>
          {!isHeld && <PhoneButton desk={desk} engagement={engagement} />}
          <TransferStanding desk={desk} engagement={engagement} />
          <CallStanding desk={desk} />
          <Pictures desk={desk} />
          <CallControls desk={desk} engagement={engagement}>
            {engagement.role === "handling" && state === "talking" && (
              <TransferControl engagement={engagement} open={sends && canSend} onOpen={setSends} />
            )}
          </CallControls>
        </>
      ) : (
        <>
          {!isHeld && (
            <div class={`slot-button ${state}`} data-part="slot">
              <Icon name={slot.icon} large />
              {slot.words}
            </div>
          )}
          <TransferStanding desk={desk} engagement={engagement} />
          {canSend && (
            <fieldset class="controls">
              <TransferControl engagement={engagement} open={sends && canSend} onOpen={setSends} />
            </fieldset>
          )}
        </>
      )}
      {sends && canSend && (
        <TransferPanel desk={desk} engagement={engagement} onClose={() => setSends(false)} />
      )}
      {(state === "wrap_up" || phase === "preview" || (state === "reserved" && !phase)) && (
        <SlotBar desk={desk} engagement={engagement} />
      )}
      {state === "ringing" && !own.isHere && <p class="hint">{texts.answerOnPhone}</p>}
      {state === "talking" && !own.isHere && <p class="hint">{texts.hangUpOnPhone}</p>}
      {state === "wrap_up" && <p class="hint">{texts.wrapUpEnds}</p>}
      <dl class="facts">
        {engagement.display_number && (
          <Fact name={NUMBER[engagement.channel]} value={engagement.display_number} strong />
        )}
        {state !== "reserved" && engagement.channel !== "call_me" && (
          <Fact name={texts.callingFrom} value={callingFrom(engagement)} />
        )}
        {engagement.call_me && <Asked desk={desk} request={engagement.call_me} />}
        {engagement.pool && <Fact name={texts.pool} value={engagement.pool} />}
      </dl>
      {(state === "reserved" || (state === "ringing" && !own.isHere)) && phase !== "preview" && (
        <button
          type="button"
          class="btn quiet flush"
          data-part="pass"
          aria-disabled={passing}
          onClick={() => !passing && void pass()}
        >
          {passing ? texts.passing : texts.pass}
        </button>
      )}
    </>
  );
}

function callingFrom({ caller, from_page }: Engagement): string {
  return from_page ? phoneTexts.fromPage : caller || texts.withheld;
}

/** What the customer asked for, and what came of it so far. */
function Asked({ desk, request }: { desk: Desk; request: CallOut }) {
  const now = new Date(useServerNow(desk));
  const window = promised(request, now);
  const tries = earlierTries(request);
  return (
    <>
      <Fact name={texts.askedAt} value={moment(request.requested_at, now)} />
      <Fact name={texts.theirTime} value={timeThere(request.zone, now)} />
      {window && <Fact name={texts.promised} value={window} strong />}
      {tries && <Fact name={texts.earlierTries} value={tries} />}
      {request.abandoned > 0 && <Fact name={texts.missedUs} value={`${request.abandoned}×`} />}
    </>
  );
}

function Fact({ name, value, strong = false }: { name: string; value: string; strong?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{strong ? <b>{value}</b> : value}</dd>
    </div>
  );
}

function SlotTimer({ desk, engagement }: { desk: Desk; engagement: Engagement }) {
  const now = useServerNow(desk);
  const phase = phaseOf(engagement);
  const seconds = phase ? phaseSeconds(phase, engagement, now) : stateSeconds(engagement, now);
  if (engagement.state === "reserved" && !phase && !engagement.deadline) return null;
  return (
    <b class="big" role="timer">
      {clock(seconds)}
    </b>
  );
}

function stateSeconds(engagement: Engagement, now: number): number {
  return {
    reserved: () => secondsUntil(engagement.deadline, now),
    ringing: () => secondsSince(engagement.ringing_at, now),
    talking: () => secondsSince(engagement.talking_since, now),
    wrap_up: () => secondsUntil(engagement.wrap_up_until, now),
  }[engagement.state]();
}

function SlotBar({ desk, engagement }: { desk: Desk; engagement: Engagement }) {
  const now = useServerNow(desk);
  const fill = useRef<HTMLSpanElement>(null);
  const until = engagement.state === "reserved" ? engagement.deadline : engagement.wrap_up_until;
  const left = secondsUntil(until, now);
  const most = useRef(left);
  most.current = Math.max(most.current, left);
  useLayoutEffect(() => {
    if (fill.current) fill.current.style.width = `${(left / Math.max(1, most.current)) * 100}%`;
  });
  if (!until) return null;
  return (
    <div class={`bar ${engagement.state}`} aria-hidden="true">
      <span ref={fill} />
    </div>
  );
}

export function Team({ view }: { view: AgentView }) {
  const { team } = view;
  return (
    <section class="block">
      <h2>{texts.teamQueue}</h2>
      <dl class="facts">
        <Fact name={texts.waitingNow} value={String(team.waiting)} strong />
        <Fact name={texts.longestWait} value={clock(team.longest_wait_seconds ?? 0)} strong />
        <Fact name={texts.agentsReady} value={texts.readyOf(team.ready, team.logged_in)} strong />
      </dl>
    </section>
  );
}

export function Skills({ view }: { view: AgentView }) {
  const skills = Object.entries(view.agent.skills);
  if (!skills.length) return null;
  return (
    <section class="block">
      <h2>{texts.skills}</h2>
      <dl class="facts">
        {skills.map(([skill, level]) => (
          <Fact key={skill} name={skill} value={String(level)} />
        ))}
      </dl>
    </section>
  );
}
