// Every word about passing a customer on.
const UNREACHED: Record<string, string> = {
  no_answer: "didn't answer",
  rejected: "declined",
  busy: "declined",
  number_busy: "is busy",
  unreachable: "can't be reached",
  unallocated: "does not exist",
  no_console: "is not at the console",
  refused: "can't take it",
  hangup: "hung up",
};

const STRANGER = "The customer";
/** Inside a sentence. */
const inside = (customer: string) => (customer === STRANGER ? "the customer" : customer);

export const texts = {
  transfer: "Transfer",
  panel: "Pass the customer on",
  how: "How",
  talkFirst: "Talk first",
  sendNow: "Send now",
  search: "Name, team or number",
  targets: "To whom",
  team: (skill: string) => `${skill[0]?.toUpperCase() ?? ""}${skill.slice(1)} team`,
  teamReady: (ready: number, all: number) => `${ready} of ${all} ready`,
  teamFree: (wait: string) => `free in about ${wait}`,
  number: "Outside number",
  nobody: "Nobody found. Type a whole number to call outside.",
  sendPage: "Send live page, record and notes",
  callFirst: (name: string) => `Call ${name} first`,
  sendTo: (name: string) => `Send to ${name}`,
  chooseFirst: "Choose to whom.",
  complete: "Complete",
  takeBack: (customer: string) => `Take ${inside(customer)} back`,
  onHold: (customer: string) => `On hold. ${customer} hears music.`,
  sending: (name: string) => `Sending to ${name}…`,
  ringing: (name: string) => `Calling ${name}…`,
  consulting: (name: string, customer: string) => `You talk with ${name}. ${customer} can't hear you.`,
  failed: (name: string, outcome: string) => `${name} ${UNREACHED[outcome] ?? "could not be reached"}.`,
  stillOnHold: (customer: string) => `${customer} is still on hold.`,
  stillHere: (customer: string) => `${customer} is with you.`,
  theTeam: "The team",
  receives: (sender: string) => `${sender} passes this customer on to you.`,
  receivesTalking: (sender: string, customer: string) =>
    `You talk with ${sender}. ${customer} can't hear you.`,
  conference: (name: string, customer: string) => `${customer}, ${name} and you talk together.`,
  add: (customer: string) => `Add ${inside(customer)}`,
  leave: "Leave the two",
  receivesAll: (sender: string, customer: string) => `${customer}, ${sender} and you talk together.`,
  sent: (name: string) => `Passed on to ${name}.`,
  stranger: STRANGER,
  keyTransfer: "Transfer",
};
