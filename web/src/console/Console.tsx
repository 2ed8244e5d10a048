import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AgentView, Engagement } from "../shared/types";
import { AlertChoices } from "./AlertChoices";
import { Alerts, choices } from "./alerts";
import { CallSlot, Skills, Team } from "./CallSlot";
import { afterPaint } from "./clocks";
import { nameOf } from "./customer";
import type { Desk } from "./desk";
import { FindCustomer } from "./FindCustomer";
import { Icon, type IconName } from "./icons";
import { KeyList, Keys } from "./KeyList";
import { useKeys } from "./keys";
import { MyCallbacks, Reminders } from "./MyCallbacks";
import { NewCallback } from "./NewCallback";
import { LastingNotes, Notes } from "./Notes";
import { LOOKS, phaseOf } from "./outgoing";
import { PageFrame } from "./PageFrame";
import { isElsewhere, PhoneBanner, useTelephone } from "./PhoneSlot";
import { CustomerRecord } from "./Record";
import { SignIn } from "./SignIn";
import { type Next, reasonName, TopBar } from "./TopBar";
import { texts as phoneTexts } from "./telephoneTexts";
import { texts } from "./texts";
import { WrapUp } from "./WrapUp";

const alerts = new Alerts();

export function App({ desk }: { desk: Desk }) {
  const [state, setState] = useState(desk.state);
  useLayoutEffect(() => {
    // News may have come between the first drawing and now.
    setState(desk.state);
    return desk.subscribe(() => setState(desk.state));
  }, [desk]);
  useEffect(() => {
    const wake = () => alerts.wake();
    for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, wake);
    return () => {
      for (const event of ["pointerdown", "keydown"]) document.removeEventListener(event, wake);
    };
  }, []);
  const engagement = state.view?.engagement ?? null;
  const telephone = useTelephone(desk);
  const here = isElsewhere(telephone)
    ? "elsewhere"
    : !telephone.isHere
      ? "desk"
      : desk.telephone.answersByItself
        ? "answers"
        : "here";
  useLayoutEffect(
    () => alerts.follow(engagement, engagement ? nameOf(engagement) : "", here),
    [engagement, here],
  );
  useLayoutEffect(() => {
    if (telephone.name === "talking") alerts.answered();
  }, [telephone.name]);

  if (state.phase === "signed_out") return <SignIn desk={desk} notice={state.notice} />;
  if (!state.view)
    return (
      <div class="starting">
        {!state.connected && <Banner tone="bad" icon="alert" words={texts.disconnected} />}
      </div>
    );
  return <Screen desk={desk} view={state.view} connected={state.connected} notice={state.notice} />;
}

function Screen({
  desk,
  view,
  connected,
  notice,
}: {
  desk: Desk;
  view: AgentView;
  connected: boolean;
  notice: string | null;
}) {
  const { engagement } = view;
  const note = useRef("");
  const next = nextAction(desk, view);
  /** The interaction for which a callback is being written down. */
  const [callingBack, setCallingBack] = useState<string | null>(null);
  const [keysShown, setKeysShown] = useState(false);

  useKeys((key) => {
    const inWrapUp = engagement?.state === "wrap_up";
    if (key === "t" && inWrapUp) next.act();
    else if (key === "?") setKeysShown(true);
    else if (key === "r") void desk.attempt(desk.api.ready);
    else if (key === "n") goNotReady(desk, view);
    else return false;
    return true;
  });

  return (
    <div class="desk">
      <TopBar desk={desk} view={view} next={next} />
      <div class="banners">
        {!connected && <Banner tone="bad" icon="alert" words={texts.disconnected} />}
        {view.telephone_system === "down" && (
          <Banner tone="bad" icon="alert" words={texts.telephoneSystemDown} />
        )}
        <PhoneBanner desk={desk} />
        {notice && <Banner tone="bad" icon="alert" words={notice} onClose={() => desk.dismiss()} />}
      </div>
      <div class="columns">
        <div class="left">
          <CallSlot desk={desk} view={view} />
          <MyCallbacks desk={desk} view={view} />
          <Team view={view} />
          {!engagement && <Skills view={view} />}
          <AlertChoices />
        </div>
        <main class="center">
          {engagement ? (
            <Engaged
              key={engagement.interaction}
              desk={desk}
              view={view}
              engagement={engagement}
              note={() => note.current}
              onCallBack={
                engagement.may_call_back && !engagement.callback && callingBack !== engagement.interaction
                  ? () => setCallingBack(engagement.interaction)
                  : null
              }
            />
          ) : (
            <Idle view={view} />
          )}
        </main>
        <aside class="right" aria-label={texts.history}>
          <FindCustomer desk={desk} view={view} />
          {engagement ? (
            <div key={engagement.interaction}>
              <Notes
                key={engagement.reservation}
                desk={desk}
                engagement={engagement}
                onDraft={(text) => {
                  note.current = text;
                }}
              >
                <NewCallback
                  desk={desk}
                  view={view}
                  engagement={engagement}
                  open={callingBack === engagement.interaction}
                  onOpen={(open) => setCallingBack(open ? engagement.interaction : null)}
                />
              </Notes>
              <CustomerRecord desk={desk} view={view} engagement={engagement} />
              {engagement.customer && (
                <LastingNotes
                  key={engagement.customer.id}
                  desk={desk}
                  interaction={engagement.interaction}
                  customer={engagement.customer}
                />
              )}
            </div>
          ) : (
            <NoCustomer />
          )}
        </aside>
      </div>
      <Reminders desk={desk} view={view} alerts={alerts} />
      {keysShown && <KeyList onClose={() => setKeysShown(false)} />}
    </div>
  );
}

type EngagedProps = {
  desk: Desk;
  view: AgentView;
  engagement: Engagement;
  note: () => string;
  onCallBack: (() => void) | null;
};

/** Mounted anew for each interaction: nothing of the customer before can be left over. */
function Engaged({ desk, view, engagement, note, onCallBack }: EngagedProps) {
  const { state, channel } = engagement;
  const own = useTelephone(desk);
  const phase = phaseOf(engagement);
  const name = nameOf(engagement);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (shown || state === "wrap_up") afterPaint(() => desk.shown(engagement));
  }, [shown, engagement.reservation, state === "wrap_up"]);
  return (
    <>
      {phase && (
        <Strip
          tone="reserved"
          icon={LOOKS[phase].icon}
          words={LOOKS[phase].strip(name)}
          detail={LOOKS[phase].detail}
        />
      )}
      {state === "reserved" && !phase && (
        <Strip tone="reserved" icon="clock" words={texts.reservedStrip} detail={texts.reservedDetail} />
      )}
      {state === "ringing" && (
        <Strip
          tone="ringing"
          icon="bell"
          words={channel === "call_me" ? texts.outgoingStrip(name) : texts.ringingStrip(name)}
          detail={own.isHere ? phoneTexts.ringingDetail : texts.ringingDetail}
        />
      )}
      {state === "wrap_up" ? (
        <WrapUp
          desk={desk}
          view={view}
          engagement={engagement}
          note={() => note() || engagement.note}
          onCallBack={onCallBack}
        />
      ) : (
        <PageFrame desk={desk} engagement={engagement} onShown={() => setShown(true)} />
      )}
    </>
  );
}

function Strip({
  tone,
  icon,
  words,
  detail,
}: {
  tone: string;
  icon: IconName;
  words: string;
  detail: string;
}) {
  return (
    <div class={`strip ${tone}`} role={tone === "ringing" ? "alert" : "status"} key={tone} data-part="strip">
      <Icon name={icon} large />
      <span>
        <b>{words}</b>
        <small>{detail}</small>
      </span>
    </div>
  );
}

function Idle({ view }: { view: AgentView }) {
  const ready = view.state.name === "ready";
  return (
    <section class="idle">
      <h1>{ready ? texts.idleTitle : texts.notReadyTitle}</h1>
      <p>{ready ? texts.idleDetail : texts.notReadyDetail}</p>
      {!ready &&
        view.state.reasons.map((reason) => (
          <p class="banner warn" key={reason} data-part="reason">
            <Icon name={reason === "station_unreachable" ? "alert" : "slash"} />
            {texts.reasons[reason] ?? reasonName(view, reason)}
          </p>
        ))}
    </section>
  );
}

function NoCustomer() {
  return (
    <>
      <section class="block nobody">
        <Icon name="person" large />
        <b>{texts.noCustomer}</b>
        <p>{texts.noCustomerDetail}</p>
      </section>
      <section class="block">
        <h2>{texts.keys}</h2>
        <Keys />
        {!choices().keys && <p class="hint">{texts.keysOff}</p>}
      </section>
    </>
  );
}

function Banner({
  tone,
  icon,
  words,
  onClose,
}: {
  tone: string;
  icon: IconName;
  words: string;
  onClose?: () => void;
}) {
  return (
    <p class={`banner ${tone}`} role="alert">
      <Icon name={icon} />
      <span>{words}</span>
      {onClose && (
        <button type="button" class="btn small quiet" onClick={onClose}>
          OK
        </button>
      )}
    </p>
  );
}

function goNotReady(desk: Desk, view: AgentView): void {
  const reason = view.pause_reasons[0]?.id ?? "break";
  void desk.attempt(() => desk.api.notReady(reason));
}

function nextAction(desk: Desk, view: AgentView): Next {
  const { engagement, state } = view;
  const ready: Next["act"] = () => void desk.attempt(desk.api.ready);
  if (engagement?.state === "wrap_up") {
    return {
      label: texts.add30,
      key: "T",
      act: () => void desk.attempt(() => desk.api.extend(engagement.reservation)),
    };
  }
  if (engagement) {
    return state.pause_after.length
      ? { label: texts.readyAfter, key: "R", act: ready }
      : { label: texts.notReadyAfter, key: "N", act: () => goNotReady(desk, view) };
  }
  return state.name === "ready"
    ? { label: texts.goNotReady, key: "N", act: () => goNotReady(desk, view) }
    : { label: texts.goReady, key: "R", act: ready };
}
