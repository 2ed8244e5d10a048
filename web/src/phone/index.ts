// The telephone, loaded when a console or a customer's page wants one.
import { CallMemory } from "./memory";
import { Owner } from "./owner";
import { SipLine } from "./sip";
import { microphoneReason, openMicrophone, Speaker } from "./sound";
import { Telephone, type Wishes } from "./telephone";

export type { Access } from "./line";
export type { Reason, State } from "./machine";
export type { Sample } from "./quality";
export type { Device, Devices } from "./sound";
export { announce, devices, meter, testSpeaker } from "./sound";
export type { Telephone, Wishes } from "./telephone";

const common = () => ({
  line: (...all: ConstructorParameters<typeof SipLine>) => new SipLine(...all),
  openMicrophone,
  microphoneReason,
  speaker: new Speaker(),
  now: () => Date.now(),
});

/** An agent's: it registers, and one tab of the browser has it. `agent`: whose call may be taken up after a reload. */
export function stationTelephone(station: string, wishes: Omit<Wishes, "registers">, agent = ""): Telephone {
  const owner = new Owner(`ctiapp-telephone-${station}`, () => telephone.takenOver());
  const memory = new CallMemory(`ctiapp-call-${station}-${agent}`);
  const telephone: Telephone = new Telephone({ ...common(), owner, memory }, { ...wishes, registers: true });
  return telephone;
}

/** A customer's: it calls once, as soon as it has a line. */
export function pageTelephone(wishes: Omit<Wishes, "registers">): Telephone {
  return new Telephone({ ...common(), owner: null, memory: null }, { ...wishes, registers: false });
}
