// Which headset: its name and how loud it hears beside the station's state; behind it the choice of every device.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Device, Devices } from "../phone";
import { isInCall } from "../phone/machine";
import type { Desk } from "./desk";
import { type Chosen, chosenDevices } from "./devices";
import { Icon } from "./icons";
import { useTelephone } from "./PhoneSlot";
import { texts } from "./telephoneTexts";

const BARS = [0.15, 0.3, 0.45, 0.6, 0.75];

export function SoundMenu({ desk }: { desk: Desk }) {
  const state = useTelephone(desk);
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const esc = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      box.current?.querySelector("button")?.focus();
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", esc);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", esc);
    };
  }, [open]);
  const [track] = state.microphone?.getAudioTracks() ?? [];
  return (
    <span class="sound" ref={box}>
      <button
        type="button"
        class="btn quiet small"
        aria-expanded={open}
        aria-label={texts.soundSettings}
        title={track?.label || texts.soundSettings}
        data-part="sound"
        onClick={() => setOpen(!open)}
      >
        <Icon name="headset" />
        <span class="ellipsis">{track?.label || texts.soundSettings}</span>
        {isInCall(state) && <Meter desk={desk} microphone={state.microphone} />}
      </button>
      {open && <Panel desk={desk} microphone={state.microphone} />}
    </span>
  );
}

function Meter({ desk, microphone }: { desk: Desk; microphone: MediaStream | null }) {
  const bars = useRef<HTMLSpanElement>(null);
  useEffect(
    () =>
      desk.telephone.meter((level) => {
        for (const [n, bar] of [...(bars.current?.children ?? [])].entries()) {
          bar.classList.toggle("lit", level >= (BARS[n] ?? 1));
        }
      }),
    [microphone],
  );
  return (
    <span class="meter" ref={bars} role="img" aria-label={texts.level} data-part="meter">
      {BARS.map((bar) => (
        <i key={bar} />
      ))}
    </span>
  );
}

function Panel({ desk, microphone }: { desk: Desk; microphone: MediaStream | null }) {
  const [found, setFound] = useState<Devices | null>(null);
  const [chosen, setChosen] = useState(chosenDevices());
  useEffect(() => {
    const look = () => void desk.telephone.devices().then(setFound);
    look();
    navigator.mediaDevices?.addEventListener("devicechange", look);
    return () => navigator.mediaDevices?.removeEventListener("devicechange", look);
  }, []);
  const choose = async (change: Partial<Chosen>) => {
    await desk.telephone.choose(change);
    setChosen(chosenDevices());
  };
  if (!found) return null;
  const choice = (which: keyof Chosen, label: string, all: Device[]) => (
    <Choice
      label={label}
      part={`choose-${which}`}
      all={all}
      chosen={chosen[which]}
      choose={(id) => void choose({ [which]: id })}
    />
  );
  return (
    <fieldset class="sound-panel card" aria-label={texts.soundSettings} data-part="sound-panel">
      {choice("microphone", texts.microphone, found.microphones)}
      <p class="row hint">
        {texts.level}
        <Meter desk={desk} microphone={microphone} />
      </p>
      {choice("speaker", texts.speaker, found.speakers)}
      <Test part="test-speaker" test={() => desk.telephone.testSpeaker("speaker")} />
      {choice("ringer", texts.ringer, found.speakers)}
      <Test part="test-ringer" test={() => desk.telephone.testSpeaker("ringer")} />
      {found.cameras.length > 0 && choice("camera", texts.camera, found.cameras)}
    </fieldset>
  );
}

function Choice({
  label,
  part,
  all,
  chosen,
  choose,
}: {
  label: string;
  part: string;
  all: Device[];
  chosen: string | null;
  choose: (id: string | null) => void;
}) {
  const named = all.filter(({ id }) => id && id !== "default");
  const isThere = named.some(({ id }) => id === chosen);
  return (
    <label>
      {label}
      <select data-part={part} onChange={(event) => choose(event.currentTarget.value || null)}>
        <option value="" selected={!isThere}>
          {texts.usual}
        </option>
        {named.map((device, n) => (
          <option key={device.id} value={device.id} selected={device.id === chosen}>
            {device.label || texts.nth(label, n + 1)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The same button for as long as the sound lasts. */
function Test({ part, test }: { part: string; test: () => Promise<void> }) {
  const [plays, setPlays] = useState(false);
  const play = async () => {
    if (plays) return;
    setPlays(true);
    await test().catch(() => {});
    setPlays(false);
  };
  return (
    <button
      type="button"
      class="btn small"
      data-part={part}
      aria-disabled={plays}
      onClick={() => void play()}
    >
      {plays ? texts.playing : texts.playSound}
    </button>
  );
}
