// Which microphone, loudspeaker and camera, how loud one is, and a sound to try.
import { devices, meter, type Telephone, testSpeaker } from "../phone";
import { h } from "../widget/dom";
import { texts } from "./texts";

/** `chooseCamera` null: the call has voice only. */
export function createSettings(
  phone: () => Telephone,
  chooseCamera: (id: string) => void,
  asksForCamera: () => boolean,
) {
  const loudness = h("meter", { min: "0", max: "1", "aria-label": texts.level }) as HTMLMeterElement;
  const choice = (label: string, change: (id: string) => void) =>
    h("select", {
      "aria-label": label,
      change: (event) => change((event.target as HTMLSelectElement).value),
    }) as HTMLSelectElement;
  const microphones = choice(texts.microphone, (id) => void useMicrophone(id));
  const speakers = choice(texts.speaker, (id) => void phone().useSpeaker(id));
  const cameras = choice(texts.cameraChoice, chooseCamera);
  const camera = h("label", {}, texts.cameraChoice, cameras);
  let stopMeter = () => {};

  const listen = () => {
    stopMeter();
    const { microphone } = phone();
    stopMeter = microphone
      ? meter(microphone, (level) => {
          loudness.value = level;
        })
      : () => {};
  };
  const useMicrophone = async (id: string) => {
    await phone().useMicrophone(id);
    listen();
  };
  const fill = async () => {
    const { microphones: mics, speakers: outs } = await devices();
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const cams = all
      .filter((one) => one.kind === "videoinput" && one.deviceId)
      .map((one) => ({ id: one.deviceId, label: one.label }));
    for (const [select, found] of [
      [microphones, mics],
      [speakers, outs],
      [cameras, cams],
    ] as const) {
      const before = select.value;
      select.replaceChildren(...found.map(({ id, label }) => h("option", { value: id }, label || id)));
      if (found.some(({ id }) => id === before)) select.value = before;
    }
    camera.hidden = !cams.length || !asksForCamera();
  };

  return h(
    "details",
    {
      "data-part": "settings",
      toggle: (event) => {
        stopMeter();
        if (!(event.target as HTMLDetailsElement).open) return;
        void fill();
        listen();
      },
    },
    h("summary", {}, texts.settings),
    h("label", {}, texts.microphone, microphones),
    loudness,
    h("label", {}, texts.speaker, speakers),
    h(
      "button",
      { type: "button", "data-part": "test", click: () => void testSpeaker(speakers.value || null) },
      texts.testSpeaker,
    ),
    camera,
  );
}
