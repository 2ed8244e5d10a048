// Which microphone, loudspeaker and camera this agent chose at this computer, and where it rings.

export type Chosen = {
  microphone: string | null;
  speaker: string | null;
  ringer: string | null;
  camera: string | null;
};

const NONE: Chosen = { microphone: null, speaker: null, ringer: null, camera: null };
const KEY = "ctiapp:devices";

/** Null: whatever the browser takes. One that is not plugged in any more is as good as null. */
export function chosenDevices(): Chosen {
  try {
    return { ...NONE, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Chosen>) };
  } catch {
    return NONE;
  }
}

export function chooseDevice(change: Partial<Chosen>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...chosenDevices(), ...change }));
  } catch {
    // Kept for this page only.
  }
}
