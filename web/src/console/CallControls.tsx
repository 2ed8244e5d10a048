// What one does in a call, two rows of three: Mute, Hold, Keypad; what the call is passed on with; Video.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { isInCall } from "../phone/machine";
import type { Engagement } from "../shared/types";
import type { Desk } from "./desk";
import { Icon, type IconName } from "./icons";
import { isTyping, useKeys } from "./keys";
import { useTelephone } from "./PhoneSlot";
import { texts } from "./telephoneTexts";

const KEYS = "123456789*0#";

type ControlProps = {
  part: string;
  icon: IconName;
  label: string;
  /** The key that does the same. */
  shortcut: string;
  pressed?: boolean;
  disabled?: boolean;
  act: () => void;
};

export function Control({ part, icon, label, shortcut, pressed, disabled = false, act }: ControlProps) {
  useKeys((key) => {
    if (key !== shortcut.toLowerCase() || disabled) return false;
    act();
    return true;
  });
  return (
    <button
      type="button"
      class="control"
      data-part={part}
      aria-pressed={pressed}
      aria-disabled={disabled}
      aria-keyshortcuts={`${shortcut} Alt+Shift+${shortcut}`}
      title={`${label} (${shortcut})`}
      onClick={() => !disabled && act()}
    >
      <Icon name={icon} />
      {label}
    </button>
  );
}

type Controls = { desk: Desk; engagement: Engagement | null; children?: ComponentChildren };

export function CallControls({ desk, engagement, children }: Controls) {
  const state = useTelephone(desk);
  const { telephone } = desk;
  const [keypad, setKeypad] = useState(false);
  const isHere = Boolean(state.isHere) && (state.name === "talking" || state.name === "held");
  const held = state.name === "held";
  const isCut = !state.line && state.reason === "server_unreachable";
  useFocusAfterAnswer(state.name);
  if (!isHere) return null;
  return (
    <>
      <fieldset class="controls" aria-label={texts.controls}>
        <Control
          part="mute"
          icon={state.muted ? "micOff" : "mic"}
          label={texts.mute}
          shortcut="M"
          pressed={state.muted}
          act={() => telephone.mute()}
        />
        <Control
          part="hold"
          icon="pause"
          label={texts.hold}
          shortcut="H"
          pressed={held}
          disabled={isCut}
          act={() => void telephone.hold()}
        />
        <Control
          part="keypad"
          icon="keypad"
          label={texts.keypad}
          shortcut="K"
          pressed={keypad}
          disabled={held}
          act={() => setKeypad(!keypad)}
        />
        {children}
        {engagement?.video !== false && (
          <Control
            part="video"
            icon="video"
            label={texts.video}
            shortcut="V"
            pressed={state.camera !== null}
            disabled={held || isCut}
            act={() => void telephone.turnCamera()}
          />
        )}
      </fieldset>
      {keypad && !held && <Keypad press={(key) => telephone.press(key)} close={() => setKeypad(false)} />}
      {state.cameraFailed && (
        <p class="hint" role="status" data-part="camera-failed">
          {texts.cameraFailed[state.cameraFailed]}
        </p>
      )}
      {state.camera && engagement && !engagement.from_page && (
        <p class="hint" data-part="may-not-see">
          {texts.mayNotSee}
        </p>
      )}
    </>
  );
}

/** What the call is in, where its time is told: silence that one made oneself must not surprise. */
export function CallStanding({ desk }: { desk: Desk }) {
  const { name, muted, isHere } = useTelephone(desk);
  if (!isHere || !(muted || name === "held")) return null;
  return (
    <p class="standing" role="status" data-part="standing">
      <Icon name={name === "held" ? "pause" : "micOff"} />
      {name === "held" ? texts.onHold : texts.muted}
    </p>
  );
}

function Keypad({ press, close }: { press: (key: string) => void; close: () => void }) {
  const [pressed, setPressed] = useState("");
  const act = (key: string) => {
    press(key);
    setPressed((before) => (before + key).slice(-24));
  };
  useLayoutEffect(() => {
    const down = (event: KeyboardEvent) => {
      if (event.key === "Escape") close();
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key.length === 1 && KEYS.includes(event.key)) {
        event.preventDefault();
        act(event.key);
      }
    };
    document.addEventListener("keydown", down);
    return () => document.removeEventListener("keydown", down);
  });
  return (
    <fieldset class="keypad" aria-label={texts.keypad} data-part="keys">
      <output class="hint">{pressed || texts.keypadHint}</output>
      {[...KEYS].map((key) => (
        <button type="button" class="btn" key={key} onClick={() => act(key)}>
          {key}
        </button>
      ))}
    </fieldset>
  );
}

/** Where Answer was is Hang up now: who answered there goes on at Mute. */
function useFocusAfterAnswer(name: string): void {
  useEffect(() => {
    const { activeElement } = document;
    const isLost = activeElement === null || activeElement === document.body;
    if (name === "talking" && (isLost || activeElement.matches("[data-part=hang-up]"))) {
      document.querySelector<HTMLElement>("[data-part=mute]")?.focus();
    }
  }, [name]);
}

/** The customer's picture beside their page, and one's own. */
export function Pictures({ desk }: { desk: Desk }) {
  const state = useTelephone(desk);
  const { theirs, looks, camera } = state;
  if (!isInCall(state)) return null;
  return (
    <>
      {theirs && !looks && (
        <div class="offer" role="status" data-part="offer">
          <Icon name="video" />
          <span>{texts.offer}</span>
          <button type="button" class="btn small" data-part="look" onClick={() => desk.telephone.look(true)}>
            {texts.look}
          </button>
        </div>
      )}
      {((theirs && looks) || camera) && (
        <div class="pictures">
          {theirs && looks ? (
            <Picture stream={theirs} part="their-picture" label={texts.theirPicture} />
          ) : (
            <span class="nobody-seen">{texts.notSeen}</span>
          )}
          {camera && <Picture stream={camera} part="own-picture" label={texts.ownPicture} />}
          {camera && <span class="caption">{texts.cameraOn}</span>}
          {theirs && looks && (
            <button
              type="button"
              class="btn small"
              data-part="look-away"
              onClick={() => desk.telephone.look(false)}
            >
              {texts.lookAway}
            </button>
          )}
        </div>
      )}
    </>
  );
}

function Picture({ stream, part, label }: { stream: MediaStream; part: string; label: string }) {
  return (
    <video
      ref={(video) => {
        if (video && video.srcObject !== stream) video.srcObject = stream;
      }}
      data-part={part}
      aria-label={label}
      autoplay
      playsInline
      muted
    />
  );
}
