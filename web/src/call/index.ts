// A customer's telephone, in a window of its own: it goes on whatever the shop's page does. Opened as
// /call#interaction=…&token=…; what stands behind # reaches no server, and is taken from the address at once.
import { type Access, devices, meter, pageTelephone, type State, testSpeaker } from "../phone";
import { h, sheet } from "../widget/dom";
import { STYLE } from "./styles";
import { reasonText, refusals, texts } from "./texts";

type Target = Access & { target: string };

const asked = new URLSearchParams(location.hash.slice(1));
const interaction = asked.get("interaction") ?? "";
const token = asked.get("token") ?? "";
history.replaceState(null, "", location.pathname);

let target = "";
let refusal = "";
let dialled = false;
let look: MediaStream | null = null;

async function ask<T>(method: string, path: string): Promise<T> {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`/api/v1/call-us/${encodeURIComponent(interaction)}${path}`, {
    method,
    headers,
  });
  const data = await answer.json();
  if (!answer.ok) {
    const { code, message } = data.error;
    refusal = refusals[code] ?? message;
    throw new Error(code);
  }
  return data as T;
}

const phone = pageTelephone({
  async access() {
    const access = await ask<Target>("POST", "/telephone");
    target = access.target;
    return access;
  },
  show: draw,
  video(stream) {
    look = stream;
    theirs.srcObject = null;
    theirs.hidden = true;
    parts.look.hidden = !stream;
  },
});

// ---- the parts

const title = h("h1", { role: "status", "data-part": "title" });
const words = h("p", { "data-part": "words" });
const instead = h("p", { hidden: true, "data-part": "instead" });
const theirs = h("video", {
  autoplay: true,
  playsinline: true,
  muted: true,
  hidden: true,
}) as HTMLVideoElement;
const mine = h("video", {
  autoplay: true,
  playsinline: true,
  muted: true,
  hidden: true,
  class: "self",
}) as HTMLVideoElement;
const button = (part: string, text: string, click: () => void, kind = "") =>
  h("button", { type: "button", "data-part": part, class: kind, click }, text);
const parts = {
  mute: button("mute", texts.mute, () => phone.mute(!phone.state.muted)),
  keypad: button("keypad", texts.keypad, () => {
    keys.hidden = !keys.hidden;
  }),
  camera: button("camera", texts.camera, () => void camera()),
  look: button("look", texts.look, () => {
    theirs.srcObject = look;
    theirs.hidden = false;
    parts.look.hidden = true;
  }),
  hangUp: button("hang-up", texts.hangUp, () => phone.hangUp(), "danger"),
  again: button("again", texts.again, () => void begin(), "primary"),
};
parts.look.hidden = true;
const keys = h(
  "div",
  { class: "keys", hidden: true },
  ...[..."123456789*0#"].map((key) => button(`key-${key}`, key, () => phone.press(key))),
);
const inCall = h("div", { class: "row" }, parts.mute, parts.keypad, parts.camera, parts.hangUp);
const loudness = h("meter", { min: "0", max: "1", "aria-label": texts.level }) as HTMLMeterElement;
const choice = (label: string, change: (id: string) => void) =>
  h("select", { "aria-label": label, change: (event) => change((event.target as HTMLSelectElement).value) });
const microphones = choice(texts.microphone, (id) => void phone.useMicrophone(id));
const speakers = choice(texts.speaker, (id) => void phone.useSpeaker(id)) as HTMLSelectElement;
const sound = h(
  "details",
  { toggle: (event) => void settings((event.target as HTMLDetailsElement).open) },
  h("summary", {}, texts.sound),
  h("label", {}, texts.microphone, microphones),
  loudness,
  h("label", {}, texts.speaker, speakers),
  button("test", texts.testSpeaker, () => void testSpeaker(speakers.value || null)),
);

document.title = texts.window;
document.adoptedStyleSheets = [sheet(STYLE)];
document.body.append(
  h("main", {}, title, words, instead, theirs, mine, parts.look, inCall, parts.again, keys, sound),
);
addEventListener("beforeunload", (event) => {
  if (["calling", "talking", "held"].includes(phone.state.name)) event.preventDefault();
});
void begin();

// ---- what happens

async function begin(): Promise<void> {
  refusal = "";
  dialled = false;
  instead.hidden = true;
  await phone.start();
}

function draw(state: State): void {
  if (state.name === "registered" && !dialled) {
    dialled = true;
    phone.dial(target);
    return;
  }
  const { name } = state;
  const over = name === "ended" || name === "refused";
  const talks = name === "talking" || name === "held";
  const failed = over && (name === "refused" || state.since === null);
  const titles: Partial<Record<State["name"], string>> = texts;
  title.textContent = failed
    ? refusal || reasonText(state.reason) || texts.ended
    : (titles[name] ?? texts.connecting);
  words.textContent = over ? (failed ? "" : reasonText(state.reason) || texts.close) : texts.keepOpen;
  inCall.hidden = !talks && name !== "calling";
  for (const part of [parts.mute, parts.keypad, parts.camera]) part.hidden = !talks;
  parts.again.hidden = !failed;
  parts.mute.textContent = state.muted ? texts.unmute : texts.mute;
  parts.mute.setAttribute("aria-pressed", String(state.muted));
  if (over) {
    keys.hidden = mine.hidden = theirs.hidden = true;
    parts.camera.textContent = texts.camera;
  }
  if (failed) void offerNumber();
}

/** The number is still there for any other telephone. */
async function offerNumber(): Promise<void> {
  const before = refusal;
  const status = await ask<{ display_number: string | null }>("GET", "").catch(() => null);
  refusal = before;
  instead.hidden = !status?.display_number;
  instead.textContent = status?.display_number ? texts.instead(status.display_number) : "";
}

async function camera(): Promise<void> {
  if (!mine.hidden) {
    mine.hidden = true;
    mine.srcObject = null;
    parts.camera.textContent = texts.camera;
    return phone.hideCamera();
  }
  try {
    const own = await phone.showCamera(() => navigator.mediaDevices.getUserMedia({ video: true }));
    if (!own) throw new Error("no video");
    mine.srcObject = own;
    mine.hidden = false;
    parts.camera.textContent = texts.cameraOff;
  } catch {
    words.textContent = texts.noCamera;
  }
}

let stopMeter: () => void = () => {};

async function settings(open: boolean): Promise<void> {
  stopMeter();
  stopMeter = () => {};
  if (!open) return;
  const found = await devices();
  const options = (all: { id: string; label: string }[]) =>
    all.map(({ id, label }) => h("option", { value: id }, label || id));
  microphones.replaceChildren(...options(found.microphones));
  speakers.replaceChildren(...options(found.speakers));
  if (phone.microphone)
    stopMeter = meter(phone.microphone, (level) => {
      loudness.value = level;
    });
}
