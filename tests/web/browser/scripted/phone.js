// In the place of web/src/phone/: a telephone without a switch, in whatever state `window.__telephone(state, more)` says.
const OFF = { name: "off", reason: null, line: false, caller: "", muted: false, since: null };
const DEEDS = [
  "start", "stop", "leave", "dial", "answer", "hangUp", "mute", "hold", "press", "hideCamera", "useMicrophone",
  "useSpeaker",
];

/** An agent's: it has its line at once. */
export function stationTelephone(_station, wishes) {
  const phone = telephone(wishes);
  phone.start = async () => window.__telephone({ name: "registered" });
  return phone;
}

/** A customer's: it asks for the microphone until it is told otherwise. */
export function pageTelephone(wishes) {
  const phone = telephone(wishes);
  phone.start = async () => window.__telephone({ name: "connecting", line: false });
  return phone;
}

function telephone(wishes) {
  const phone = { state: OFF, microphone: null, showCamera: async () => drawn("#3a5a40") };
  for (const deed of DEEDS) phone[deed] = async () => {};
  phone.useCamera = phone.showCamera;
  window.__telephone = (state, { sample, picture, heard } = {}) => {
    if (heard) phone.microphone = new MediaStream();
    phone.state = { ...OFF, line: true, ...state };
    wishes.show(phone.state);
    if (sample) wishes.quality({ at: new Date().toISOString(), ...sample });
    if (picture) wishes.video(drawn(picture));
  };
  return phone;
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

const one = (label) => [{ id: label, label }];
export const devices = async () => ({
  microphones: one("USB headset"),
  speakers: one("USB headset"),
  cameras: one("Camera"),
});
export const meter = (_microphone, show) => {
  show(0.6);
  return () => {};
};
export const announce = async () => {};
export const testSpeaker = async () => {};
