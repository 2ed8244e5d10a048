// In the place of web/src/phone/: a telephone without a switch, in whatever state `window.__telephone(state, more)` says.
const OFF = { name: "off", reason: null, line: false, caller: "", muted: false, since: null };

export function stationTelephone(_station, wishes) {
  window.__telephone = (state, { sample, picture } = {}) => {
    wishes.show({ ...OFF, line: true, ...state });
    if (sample) wishes.quality({ at: new Date().toISOString(), ...sample });
    if (picture) wishes.video(drawn(picture));
  };
  return {
    microphone: null,
    start: async () => window.__telephone({ name: "registered" }),
    showCamera: async () => drawn("#3a5a40"),
    ...Object.fromEntries(
      ["stop", "leave", "answer", "hangUp", "mute", "hold", "press", "hideCamera", "useMicrophone", "useSpeaker"].map(
        (deed) => [deed, async () => {}],
      ),
    ),
  };
}

/** A moving picture of one colour, as from a camera. */
function drawn(colour) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
  const context = canvas.getContext("2d");
  const paint = () => {
    context.fillStyle = colour;
    context.fillRect(0, 0, 320, 240);
  };
  paint();
  setInterval(paint, 100);
  return canvas.captureStream(10);
}

export const devices = async () => ({
  microphones: [{ id: "usb", name: "USB headset" }],
  speakers: [{ id: "usb", name: "USB headset" }],
  cameras: [{ id: "cam", name: "Camera" }],
});
export const meter = (_microphone, show) => {
  show(0.6);
  return () => {};
};
export const announce = async () => {};
export const testSpeaker = async () => {};
