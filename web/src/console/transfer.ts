// What stands between a customer and whom they are passed on to, in words.
import type { Engagement, Transfer, TransferTargets } from "../shared/types";
import { figure, rounded } from "../shared/wait";
import { texts } from "./transferTexts";

export type To = { agent: string } | { skill: string } | { number: string };
export type Choice = { key: string; to: To; name: string; detail: string; state: string | null };

/** "Marit", as one speaks of them; who has no name is "the customer". */
export function customerOf(engagement: Engagement): string {
  return engagement.customer?.name?.split(" ")[0] || texts.stranger;
}

/** Whoever is meant: "Ines", "Kitchens team", "020 7946 0137". */
export function otherOf(transfer: Transfer): string {
  return transfer.first_name || (transfer.skill ? texts.team(transfer.skill) : texts.theTeam);
}

/** The agent decides what next: to hang up would leave the customer with nobody. */
export function isOnHold(engagement: Engagement): boolean {
  const { transfer, state } = engagement;
  return (
    state === "talking" &&
    transfer?.role === "sender" &&
    transfer.kind === "attended" &&
    ["ringing", "consulting", "conference", "alone"].includes(transfer.state)
  );
}

/** Whether another one can be chosen now. */
export function canStart(engagement: Engagement): boolean {
  const { state, role, transfer } = engagement;
  if (state !== "talking" || role !== "handling") return false;
  return !transfer || transfer.state === "done" || transfer.state === "alone";
}

/** What the agent is told; `bad`: it went wrong. */
export function standing(engagement: Engagement): { words: string; bad: boolean } | null {
  const { transfer, state } = engagement;
  if (!transfer) return null;
  const [name, customer] = [otherOf(transfer), customerOf(engagement)];
  if (transfer.role === "receiver") return received(engagement, transfer, name, customer);
  if (transfer.state === "offered") return { words: texts.sending(name), bad: false };
  if (transfer.state === "consulting") return { words: texts.consulting(name, customer), bad: false };
  if (transfer.state === "conference") return { words: texts.conference(name, customer), bad: false };
  if (transfer.state === "ringing") {
    const words = transfer.kind === "attended" ? texts.ringing(name) : texts.sending(name);
    return { words: state === "wrap_up" ? texts.sent(name) : words, bad: false };
  }
  if (transfer.state === "alone") {
    return {
      words: `${texts.failed(name, outcomeOf(transfer))} ${texts.stillOnHold(customer)}`,
      bad: true,
    };
  }
  if (transfer.outcome === "sent" || transfer.outcome === "completed") {
    return state === "wrap_up" ? { words: texts.sent(name), bad: false } : null;
  }
  if (transfer.outcome === "taken_back" || state === "wrap_up") return null;
  const here = state === "talking" ? ` ${texts.stillHere(customer)}` : "";
  return { words: `${texts.failed(name, outcomeOf(transfer))}${here}`, bad: true };
}

/** A telephone on a colleague's desk says busy when they decline. */
function outcomeOf({ number, outcome }: Transfer): string {
  return number && outcome === "busy" ? "number_busy" : (outcome ?? "");
}

function received(engagement: Engagement, transfer: Transfer, name: string, customer: string) {
  if (engagement.role === "receiving" && engagement.state === "talking") {
    const told = transfer.state === "conference" ? texts.receivesAll : texts.receivesTalking;
    return { words: told(name, customer), bad: false };
  }
  if (engagement.state === "talking" || engagement.state === "wrap_up" || transfer.outcome === "rejected") {
    return null;
  }
  return { words: texts.receives(name), bad: false };
}

const NUMBER = /^\+?[\d ()./-]{5,}$/;

/** What the list shows: agents, teams, and the number that was typed. */
export function choicesOf(targets: TransferTargets | null, typed: string): Choice[] {
  const agents = (targets?.agents ?? []).map((agent) => ({
    key: `agent-${agent.id}`,
    to: { agent: agent.id },
    name: agent.name,
    detail: Object.entries(agent.skills)
      .sort(([, one], [, other]) => other - one)
      .slice(0, 3)
      .map(([skill, level]) => `${skill} ${level}`)
      .join(" · "),
    state: agent.state,
  }));
  const teams = (targets?.teams ?? []).map(({ skill, ready, logged_in, free_in_seconds: wait }) => ({
    key: `skill-${skill}`,
    to: { skill },
    name: texts.team(skill),
    detail:
      wait === null ? texts.teamReady(ready, logged_in) : texts.teamFree(figure(rounded(Math.max(1, wait)))),
    state: ready ? "ready" : "not_ready",
  }));
  const number = typed.trim();
  if (!NUMBER.test(number)) return [...agents, ...teams];
  return [
    { key: "number", to: { number }, name: number, detail: texts.number, state: null },
    ...agents,
    ...teams,
  ];
}

export function firstNameOf(choice: Choice): string {
  return "agent" in choice.to ? (choice.name.split(" ")[0] ?? choice.name) : choice.name;
}
