// The agent's calls of docs/api.md, and the live view.
import { io, type Socket } from "socket.io-client";
import type { Access, Sample } from "../phone";
import type {
  AgentView,
  ErrorBody,
  FoundCustomers,
  FoundRecord,
  FreeWindows,
  HistoryLine,
  PageSnapshot,
  TransferTargets,
  When,
} from "../shared/types";
import type { To } from "./transfer";

export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** `barred`: why the number may not be called at all. */
export type Windows = FreeWindows & { barred?: string | null };
export type CustomerChange = {
  name?: string;
  phone?: string;
  email?: string;
  language?: string;
  notes?: string;
  attributes?: Record<string, string>;
};

export type News = {
  view(view: AgentView): void;
  connected(connected: boolean): void;
  signedOut(reason: string): void;
};

let csrf = "";

export function rememberCsrf(view: AgentView): void {
  csrf = view.csrf;
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { "X-CSRF-Token": csrf };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer: Response;
  let data: unknown = null;
  try {
    answer = await fetch(`/api/v1/${path}`, {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    data = text ? JSON.parse(text) : null;
  } catch {
    throw new Refused("offline", "");
  }
  if (answer.ok) return data as T;
  const error = (data as ErrorBody | null)?.error;
  throw new Refused(error?.code ?? "internal", error?.message ?? "", error?.details ?? {});
}

const part = encodeURIComponent;
const given = (values: Record<string, string | null>) =>
  new URLSearchParams(Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1])));
const reservation = (id: string, rest: string) => `agent/reservations/${part(id)}/${rest}`;

export const api = {
  login: (agent: string, password: string, station: string, takeOver: boolean) =>
    ask<AgentView>("POST", "agent/login", { agent, password, station, take_over: takeOver }),
  logout: () => ask<unknown>("POST", "agent/logout", {}),
  view: () => ask<AgentView>("GET", "agent/view"),
  ready: () => ask<unknown>("POST", "agent/ready", {}),
  notReady: (reason: string) => ask<unknown>("POST", "agent/not-ready", { reason }),
  unpause: (reason: string) => ask<unknown>("DELETE", `agent/pauses/${part(reason)}`),
  accept: (id: string) => ask<unknown>("POST", reservation(id, "accept"), {}),
  pass: (id: string) => ask<unknown>("POST", reservation(id, "pass"), {}),
  extend: (id: string) => ask<unknown>("POST", reservation(id, "extend"), {}),
  notes: (id: string, note: string) => ask<unknown>("PUT", reservation(id, "notes"), { note }),
  finish: (id: string, disposition: string | null, note: string, ready: boolean) =>
    ask<unknown>("POST", reservation(id, "finish"), { disposition, note, ready }),
  windows: (id: string, number: string, from: string | null) =>
    ask<Windows>("GET", reservation(id, `windows?${given({ number, from })}`)),
  callBack: (id: string, number: string, when: When, mine: boolean) =>
    ask<unknown>("POST", reservation(id, "callback"), { number, when, mine }),
  cancelCallback: (interaction: string) => ask<unknown>("DELETE", `agent/callbacks/${part(interaction)}`),
  callNow: (interaction: string) => ask<unknown>("POST", `agent/callbacks/${part(interaction)}/call`, {}),
  transferTargets: (search: string) =>
    ask<TransferTargets>("GET", `agent/transfer-targets?${given({ search })}`),
  transfer: (interaction: string, kind: "attended" | "blind", to: To, withPage: boolean) =>
    ask<unknown>("POST", `agent/calls/${part(interaction)}/transfer`, { kind, to, with_page: withPage }),
  hangUp: (interaction: string) => ask<unknown>("POST", `agent/calls/${part(interaction)}/hang-up`, {}),
  completeTransfer: (interaction: string) =>
    ask<unknown>("POST", `agent/calls/${part(interaction)}/complete`, {}),
  addToCall: (interaction: string) => ask<unknown>("POST", `agent/calls/${part(interaction)}/conference`, {}),
  takeBack: (interaction: string) => ask<unknown>("POST", `agent/calls/${part(interaction)}/take-back`, {}),
  findCustomers: (text: string) => ask<FoundCustomers>("POST", "agent/find-customers", { text }),
  foundCustomer: (id: string) => ask<FoundRecord>("GET", `agent/customers/${part(id)}`),
  history: (interaction: string) =>
    ask<{ history: HistoryLine[] }>("GET", `interactions/${part(interaction)}/history`),
  keepCustomer: (interaction: string, change: CustomerChange) =>
    ask<unknown>("PATCH", `interactions/${part(interaction)}/customer`, change),
  chooseCustomer: (interaction: string, customer: string) =>
    ask<unknown>("POST", `interactions/${part(interaction)}/customer`, { customer }),
  /** Refused with not_found where the station is a telephone on the desk. */
  telephone: () => ask<Access>("GET", "agent/telephone"),
  quality: (interaction: string, samples: Sample[]) =>
    ask<unknown>("POST", `agent/calls/${part(interaction)}/quality`, { samples }),
  page: (interaction: string) => ask<PageSnapshot | null>("GET", `interactions/${part(interaction)}/page`),
};

export class Line {
  private socket: Socket | null = null;
  private readonly heard = new Map<
    (said: never) => void,
    { event: string; deed: (...said: unknown[]) => void }
  >();

  constructor(private readonly news: News) {}

  /** `heard` is called with what is said, also after the line was opened anew, until the returned function is called. */
  hear<S>(event: string, heard: (said: S) => void): () => void {
    const deed = (said: unknown, acknowledge?: unknown) => {
      heard(said as S);
      if (typeof acknowledge === "function") acknowledge();
    };
    this.heard.set(heard, { event, deed });
    this.socket?.on(event, deed);
    return () => {
      this.heard.delete(heard);
      this.socket?.off(event, deed);
    };
  }

  /** What the server answers; null where it does not. */
  async ask(event: string, said: unknown): Promise<unknown> {
    if (!this.socket?.connected) return null;
    return this.socket
      .timeout(5000)
      .emitWithAck(event, said)
      .catch(() => null);
  }

  open(): void {
    if (this.socket) return;
    this.socket = io("/agent", {
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelayMax: 3000,
    });
    this.socket.on("connect", () => this.news.connected(true));
    this.socket.on("disconnect", (reason) => {
      this.news.connected(false);
      // The server closed it on purpose, or restarted: ask who we are, and connect again.
      if (reason === "io server disconnect") setTimeout(() => this.socket?.connect(), 1000);
    });
    this.socket.on("connect_error", () => {
      this.news.connected(false);
      if (this.socket && !this.socket.active) setTimeout(() => this.socket?.connect(), 2000);
    });
    for (const { event, deed } of this.heard.values()) this.socket.on(event, deed);
    this.socket.on("view", (view: AgentView) => this.news.view(view));
    this.socket.on("signed_out", ({ reason }: { reason: string }) => this.news.signedOut(reason));
  }

  close(): void {
    this.socket?.close();
    this.socket = null;
  }

  /** Says that page and record are on screen; again until the server has heard it or it no longer matters. */
  pageShown(id: string, stillCurrent: () => boolean): void {
    const say = async (): Promise<void> => {
      for (let attempt = 0; attempt < 10 && stillCurrent(); attempt += 1) {
        try {
          const heard: { ok?: boolean } = await this.socket
            ?.timeout(2000)
            .emitWithAck("page_shown", { reservation: id });
          if (heard?.ok !== undefined) return;
        } catch {
          // Not heard: say it again.
        }
        await new Promise((done) => setTimeout(done, 300));
      }
    };
    void say();
  }
}
