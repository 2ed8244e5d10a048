import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AgentView, Engagement } from "../shared/types";
import { Alerts, choices } from "./alerts";
import { CallSlot, Skills, Team } from "./CallSlot";
import { afterPaint } from "./clocks";
import { nameOf } from "./customer";
import type { Desk } from "./desk";
import { Icon, type IconName } from "./icons";
import { useKeys } from "./keys";
import { Notes } from "./Notes";
import { LOOKS, phaseOf } from "./outgoing";
import { PageFrame } from "./PageFrame";
import { CustomerRecord } from "./Record";
import { SignIn } from "./SignIn";
import { type Next, TopBar } from "./TopBar";
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
  useLayoutEffect(() => alerts.follow(engagement, engagement ? nameOf(engagement) : ""), [engagement]);

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

  useKeys((key) => {
    const inWrapUp = engagement?.state === "wrap_up";
    if (key === "t" && inWrapUp) next.act();
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
        {notice && <Banner tone="bad" icon="alert" words={notice} onClose={() => desk.dismiss()} />}
      </div>
      <div class="columns">
        <div class="left">
          <CallSlot desk={desk} view={view} />
          <Team view={view} />
          {!engagement && <Skills view={view} />}
          <NoticeChoice />
        </div>
        <main class="center">
          {engagement ? (
            <Engaged
              key={engagement.interaction}
              desk={desk}
              view={view}
              engagement={engagement}
              note={() => note.current}
            />
          ) : (
            <Idle view={view} />
          )}
        </main>
        <aside class="right" aria-label={texts.history}>
          {engagement ? (
            <div key={engagement.interaction}>
              <Notes
                key={engagement.reservation}
                desk={desk}
                engagement={engagement}
                onDraft={(text) => {
                  note.current = text;
                }}
              />
              <CustomerRecord engagement={engagement} dispositions={view.dispositions} />
            </div>
          ) : (
            <NoCustomer />
          )}
        </aside>
      </div>
    </div>
  );
}

type EngagedProps = { desk: Desk; view: AgentView; engagement: Engagement; note: () => string };

/** Mounted anew for each interaction: nothing of the customer before can be left over. */
function Engaged({ desk, view, engagement, note }: EngagedProps) {
  const { state, channel } = engagement;
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
          detail={texts.ringingDetail}
        />
      )}
      {state === "wrap_up" ? (
        <WrapUp desk={desk} view={view} engagement={engagement} note={() => note() || engagement.note} />
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
  const names = new Map(view.pause_reasons.map((reason) => [reason.id, reason.name]));
  return (
    <section class="idle">
      <h1>{ready ? texts.idleTitle : texts.notReadyTitle}</h1>
      <p>{ready ? texts.idleDetail : texts.notReadyDetail}</p>
      {!ready &&
        view.state.reasons.map((reason) => (
          <p class="banner warn" key={reason} data-part="reason">
            <Icon name={reason === "station_unreachable" ? "alert" : "slash"} />
            {texts.reasons[reason] ?? names.get(reason) ?? reason.replace(/_/g, " ")}
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
        <dl class="facts keys">
          <Key name={texts.keyReady} keys={["R", "N"]} />
          <Key name={texts.keyAccept} keys={["A"]} />
          <Key name={texts.keyAdd} keys={["T"]} />
          <Key name={texts.keyOutcome} keys={["1", "6"]} />
          <Key name={texts.keySave} keys={["Ctrl Enter"]} />
        </dl>
        {!choices().keys && <p class="hint">{texts.keysOff}</p>}
      </section>
    </>
  );
}

function Key({ name, keys }: { name: string; keys: string[] }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dd>
    </div>
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

function NoticeChoice() {
  const [permission, setPermission] = useState("Notification" in window ? Notification.permission : "denied");
  if (permission === "granted") return null;
  return (
    <section class="block">
      <h2>{texts.notices}</h2>
      {permission === "denied" ? (
        <p class="hint">{texts.noticesRefused}</p>
      ) : (
        <div class="row">
          <p class="hint grow">{texts.noticesWhy}</p>
          <button
            type="button"
            class="btn small"
            onClick={() => void Notification.requestPermission().then(setPermission)}
          >
            {texts.noticesAllow}
          </button>
        </div>
      )}
    </section>
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
