// Whose call this is, from the window's address, and what the server is asked about it.

import type { Access } from "../phone";
import type { CallStatus } from "../shared/types";
import { refusals } from "./texts";

export type Target = Access & { target: string };

/** `origin`: the shop's, which alone is told how the call goes. */
export type Asked = { interaction: string; token: string; origin: string; video: boolean };

/** What stands behind # reaches no server, and is taken from the address at once. Null where there is nothing. */
export function takeAsked(): Asked | null {
  const asked = new URLSearchParams(location.hash.slice(1));
  const interaction = asked.get("interaction");
  const token = asked.get("token");
  if (!interaction || !token) return null;
  history.replaceState(null, "", location.pathname);
  return { interaction, token, origin: asked.get("from") ?? "", video: asked.get("video") === "1" };
}

/** In the words for the customer. */
export class Refused extends Error {}

export function serverFor({ interaction, token }: Asked) {
  async function ask<T>(method: string, path: string): Promise<T> {
    const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
    const body = path === "/alive" ? "{}" : null;
    if (body) headers["Content-Type"] = "application/json";
    const address = `/api/v1/call-us/${encodeURIComponent(interaction)}${path}`;
    const answer = await fetch(address, { method, headers, body });
    const data = await answer.json();
    if (answer.ok) return data as T;
    const { code, message } = data.error;
    throw new Refused(refusals[code] ?? message);
  }
  return {
    target: () => ask<Target>("POST", "/telephone"),
    status: () => ask<CallStatus>("GET", ""),
    /** The number stays the customer's while they think about the microphone. */
    alive: () => ask<CallStatus>("POST", "/alive"),
  };
}

export type Server = ReturnType<typeof serverFor>;
