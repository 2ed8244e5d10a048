// The customer's calls of docs/api.md.
import type { CallStatus, ErrorBody, PageSnapshot, PoolStatus } from "../shared/types";

/** What went wrong: the server's own code, or `offline` when it could not be reached, or `internal`. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }

  /** Nobody knows whether the server did it: ask again with the same key. */
  get isOpen(): boolean {
    return this.code === "offline" || this.code === "internal" || this.code === "database_down";
  }
}

export type Click = {
  site: string;
  pool: string;
  idempotency_key: string;
  visitor: string | null;
  identity: string | null;
  skills: string[];
  language: string | null;
  product: string | null;
  page: PageSnapshot;
};

export type Api = ReturnType<typeof createApi>;

export function createApi(base: string) {
  async function ask<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (token) headers.Authorization = `Bearer ${token}`;
    let answer: Response;
    let data: unknown = null;
    try {
      answer = await fetch(`${base}/api/v1/${path}`, {
        method,
        headers,
        credentials: "omit",
        cache: "no-store",
        signal: AbortSignal.timeout(10_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      data = text ? JSON.parse(text) : null;
    } catch {
      throw new Refused("offline", "The server could not be reached.");
    }
    if (answer.ok) return data as T;
    const error = (data as ErrorBody | null)?.error;
    throw new Refused(error?.code ?? "internal", error?.message ?? answer.statusText, error?.details ?? {});
  }

  const call = (interaction: string, rest = "") => `call-us/${encodeURIComponent(interaction)}${rest}`;
  return {
    pool: (site: string, pool: string) =>
      ask<PoolStatus>("GET", `pools/${encodeURIComponent(site)}/${encodeURIComponent(pool)}`),
    click: (click: Click) => ask<CallStatus & { token: string }>("POST", "call-us", click),
    status: (interaction: string, token: string) =>
      ask<CallStatus>("GET", call(interaction), undefined, token),
    alive: (interaction: string, token: string) =>
      ask<CallStatus>("POST", call(interaction, "/alive"), {}, token),
    page: (interaction: string, token: string, page: PageSnapshot) =>
      ask<null>("PUT", call(interaction, "/page"), page, token),
    cancel: (interaction: string, token: string) =>
      ask<CallStatus>("DELETE", call(interaction), undefined, token),
  };
}
