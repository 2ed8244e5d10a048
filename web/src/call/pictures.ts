// Who sees whom: one's own camera by one's own click, the other's picture after a yes.
import type { Telephone } from "../phone";
import { h } from "../widget/dom";
import { texts } from "./texts";

const video = (part: string, label: string) =>
  h("video", {
    autoplay: true,
    playsinline: true,
    muted: true,
    hidden: true,
    "data-part": part,
    "aria-label": label,
  }) as HTMLVideoElement;

export type Pictures = ReturnType<typeof createPictures>;

/** `say`: one sentence about the picture, or "". */
export function createPictures(
  phone: () => Telephone,
  name: () => string | null,
  say: (words: string) => void,
) {
  const theirs = video("theirs", texts.theirs(null));
  const mine = video("mine", texts.mine);
  const words = h("span", {});
  const offer = h(
    "div",
    { class: "notice", role: "status", hidden: true, "data-part": "offer" },
    words,
    h("button", { type: "button", "data-part": "look", click: () => look() }, texts.lookAt),
  );
  const stage = h("div", { class: "stage", hidden: true }, theirs, mine);
  let shown: MediaStream | null = null;
  let own: MediaStream | null = null;
  let chosen: string | null = null;
  /** Asked for by the click that opened the window: then seeing was agreed to as well. */
  let agreed = false;

  const arrange = () => {
    mine.hidden = !own;
    theirs.hidden = !theirs.srcObject;
    stage.hidden = mine.hidden && theirs.hidden;
    stage.classList.toggle("alone", theirs.hidden);
  };
  const open = () =>
    navigator.mediaDevices.getUserMedia({ video: chosen ? { deviceId: { exact: chosen } } : true });
  const keep = (stream: MediaStream | null) => {
    own = stream;
    mine.srcObject = stream;
    arrange();
  };
  const look = () => {
    offer.hidden = true;
    theirs.srcObject = shown;
    theirs.setAttribute("aria-label", texts.theirs(name()));
    arrange();
  };

  return {
    stage,
    offer,
    get isOn(): boolean {
      return own !== null;
    },
    /** The click was on Video: the camera is asked for while nobody sees it yet. False: the call has voice only. */
    async prepare(): Promise<boolean> {
      agreed = true;
      if (own) return true;
      try {
        keep(await open());
        say(texts.ready);
        return true;
      } catch {
        say(texts.noCamera);
        return false;
      }
    },
    async show(): Promise<void> {
      const ready = own;
      try {
        const seen = await phone().showCamera(async () => ready ?? (await open()));
        keep(seen);
        say(seen ? "" : texts.noPicture);
      } catch {
        keep(null);
        say(texts.noCamera);
      }
    },
    async hide(): Promise<void> {
      keep(null);
      say("");
      await phone().hideCamera();
    },
    async choose(id: string | null): Promise<void> {
      chosen = id;
      if (!own) return;
      try {
        keep(await phone().useCamera(open));
      } catch {
        say(texts.noCamera);
      }
    },
    /** The other side shows its camera, or (null) no longer. */
    offered(stream: MediaStream | null): void {
      const was = shown !== null;
      shown = stream;
      if (stream && (agreed || theirs.srcObject)) return look();
      if (!stream) {
        theirs.srcObject = null;
        if (was && phone().state.name === "talking") say(texts.noLonger(name()));
      }
      words.textContent = texts.look(name());
      offer.hidden = !stream;
      arrange();
    },
    over(): void {
      for (const track of own?.getTracks() ?? []) track.stop();
      shown = null;
      agreed = false;
      theirs.srcObject = null;
      offer.hidden = true;
      keep(null);
    },
  };
}
