// The customer's calls of docs/api.md.
import type {
  CallMeAnswer,
  CallMeStatus,
  CallStatus,
  ErrorBody,
  FreeWindows,
  PageSnapshot,
  PoolStatus,
  When,
} from "../shared/types";

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

/** What Call me asks beside a click: whom to call, when, and with what leave. */
export type Asking = {
  number: string | null;
  region: string | null;
  name: string | null;
  address: string | null;
  when: When | null;
  zone: string | null;
  consent: { text: string } | null;
};

/** `created` is false when a request that had been made before came back. */
export type Asked = CallMeAnswer & { created: boolean };

export type Change = { when?: When | null; number?: string; region?: string | null };

export type Api = ReturnType<typeof createApi>;

export function createApi(base: string) {
  async function send<T>(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
    packed = false,
  ): Promise<{ data: T; status: number }> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const written = body === undefined ? undefined : JSON.stringify(body);
    const small = packed && written ? await gzipped(written) : null;
    if (small) headers["Content-Encoding"] = "gzip";
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
        ...(written === undefined ? {} : { body: small ?? written }),
      });
      const text = await answer.text();
      data = text ? JSON.parse(text) : null;
    } catch {
      throw new Refused("offline", "The server could not be reached.");
    }
    if (answer.ok) return { data: data as T, status: answer.status };
    const error = (data as ErrorBody | null)?.error;
    throw new Refused(error?.code ?? "internal", error?.message ?? answer.statusText, error?.details ?? {});
  }

  const ask = async <T>(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
    packed = false,
  ): Promise<T> => (await send<T>(method, path, body, token, packed)).data;
  const one = (channel: string, interaction: string, rest = "") =>
    `${channel}/${encodeURIComponent(interaction)}${rest}`;
  const poolPath = (site: string, pool: string) =>
    `pools/${encodeURIComponent(site)}/${encodeURIComponent(pool)}`;
  /** What both channels have. */
  const following = <S>(channel: string) => ({
    status: (interaction: string, token: string) =>
      ask<S>("GET", one(channel, interaction), undefined, token),
    page: (interaction: string, token: string, page: PageSnapshot, packed = false) =>
      ask<null>("PUT", one(channel, interaction, "/page"), page, token, packed),
    cancel: (interaction: string, token: string) =>
      ask<S>("DELETE", one(channel, interaction), undefined, token),
  });
  return {
    pool: (site: string, pool: string, visitor: string | null) =>
      ask<PoolStatus>("GET", poolPath(site, pool) + (visitor ? `?visitor=${visitor}` : "")),
    windows: (site: string, pool: string, from: string | null, zone: string | null) => {
      const query = new URLSearchParams({ ...(from && { from }), ...(zone && { zone }) });
      return ask<FreeWindows>("GET", `${poolPath(site, pool)}/windows?${query}`);
    },
    callUs: {
      ...following<CallStatus>("call-us"),
      click: (click: Click) => ask<CallStatus & { token: string }>("POST", "call-us", click),
      alive: (interaction: string, token: string) =>
        ask<CallStatus>("POST", one("call-us", interaction, "/alive"), {}, token),
    },
    callMe: {
      ...following<CallMeStatus>("call-me"),
      click: async (click: Click & Asking & { proof: string | null }): Promise<Asked> => {
        const { data, status } = await send<CallMeAnswer>("POST", "call-me", click);
        return { ...data, created: status === 201 };
      },
      change: (interaction: string, token: string, change: Change & { proof?: string | null }) =>
        ask<CallMeStatus>("PATCH", one("call-me", interaction), change, token),
    },
  };
}

/** Null in a browser that cannot. */
async function gzipped(text: string): Promise<Blob | null> {
  if (typeof CompressionStream === "undefined") return null;
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).blob();
}
