// The shapes of docs/api.md, as both apps read them.

/** A node as rrweb-snapshot writes it: 0 document, 1 doctype, 2 element, 3 text, 4 CDATA, 5 comment. */
export type SnapshotNode = {
  type: number;
  id: number;
  tagName?: string;
  attributes?: Record<string, string | number | boolean | null>;
  childNodes?: SnapshotNode[];
  textContent?: string;
  isSVG?: boolean | undefined;
  isShadowHost?: boolean;
  isShadow?: boolean;
  name?: string;
  publicId?: string;
  systemId?: string;
  compatMode?: string;
};

export type PageSnapshot = {
  url: string;
  title: string;
  taken_at: string;
  viewport: { width: number; height: number };
  hidden_fields: number;
  /** Which picture this is: changes that follow it name it. */
  take?: string | null;
  snapshot: SnapshotNode | null;
};

export type CallState = "waiting_for_call" | "queued" | "ringing" | "connected" | "ended";

export type CallStatus = {
  interaction: string;
  state: CallState;
  number: string | null;
  display_number: string | null;
  tel: string | null;
  sip: string | null;
  deadline: string | null;
  longest_until: string | null;
  seconds_left: number | null;
  agent: { first_name: string } | null;
  /** Whether a call from the page can have pictures: the pool allows it, and who answers has a telephone that shows them. */
  video: boolean;
  end_reason: string | null;
  connected_at: string | null;
  ended_at: string | null;
  server_time: string;
};

export type PoolStatus = {
  open: boolean;
  opens_at: string | null;
  closes_at: string | null;
  telephone: "up" | "down";
  /** Null, or not there at all: the pool calls nobody back. */
  call_me?: CallMeOffer | null;
};

export type CallMeOffer = {
  /** 0 with a free agent, null where nobody knows. */
  estimate_seconds: number | null;
  offer_windows: boolean;
  /** Empty: nothing is asked. */
  consent_text: string;
  /** Where a number without a country code is: "GB". */
  region: string;
  /** Masked; a request without a number is called here. */
  known_number: string | null;
  proof: string;
};

/** What the customer chose, by the clock where they are: `{"date": "2026-12-01", "from": "09:00", "until": "11:00"}`. */
export type When = { date: string; from: string; until: string; zone: string };

export type FreeWindow = When & { starts_at: string; ends_at: string; left: number };

export type FreeWindows = { zone: string; windows: FreeWindow[]; server_time: string };

export type RequestState =
  | "queued"
  | "previewing"
  | "dialling"
  | "connecting"
  | "talking"
  | "done"
  | "cancelled"
  | "failed";

export type CallMeStatus = {
  interaction: string;
  channel: "call_me";
  state: RequestState;
  place: number | null;
  estimate_seconds: number | null;
  promised_at: string | null;
  promised_until: string | null;
  window: When | null;
  next_try_at: string | null;
  tries: number;
  last_try_at: string | null;
  last_outcome: string | null;
  detail: string;
  display_number: string;
  agent: { first_name: string } | null;
  can_change: boolean;
  can_cancel: boolean;
  server_time: string;
};

export type CallMeAnswer = CallMeStatus & { token: string; link: string | null; own: boolean };

export type ErrorBody = { error: { code: string; message: string; details?: Record<string, unknown> } };

export type Customer = {
  id: string;
  /** The shop's own id; null for a visitor nobody knows. */
  external_id?: string | null;
  name: string | null;
  phone: string | null;
  email: string | null;
  language: string | null;
  since: string | null;
  attributes: Record<string, string> | null;
  /** Of the customer, not of one call. */
  notes?: string;
  known: boolean;
};

export type FoundCustomer = Pick<Customer, "id" | "name" | "phone" | "email"> & {
  external_id: string | null;
};

/** `more`: there are others. */
export type FoundCustomers = { customers: FoundCustomer[]; more: boolean };

/** The record of a customer who was looked for, to be read. */
export type FoundRecord = {
  customer: Customer;
  history: HistoryLine[];
  history_total: number;
  callback: Callback | null;
};

/** A call that an agent promised; `mine`: it waits for this agent. */
export type Callback = {
  interaction: string;
  name: string | null;
  display_number: string;
  state: RequestState;
  due_at: string;
  promised_at: string;
  promised_until: string | null;
  zone: string;
  tries: number;
  last_outcome: string | null;
  mine: boolean;
};

export type EngagementState = "reserved" | "ringing" | "talking" | "wrap_up";

export type HistoryLine = {
  interaction: string;
  at: string;
  channel: string;
  agent: string | null;
  seconds: number | null;
  disposition: string | null;
  note: string | null;
};

/** The customer is being passed on, or was lately. */
export type Transfer = {
  kind: "blind" | "attended";
  /** consulting: agent and receiver talk, the customer hears music; alone: nobody was reached, and they hear it still. */
  state: "offered" | "ringing" | "consulting" | "conference" | "alone" | "done";
  role: "sender" | "receiver";
  name: string | null;
  first_name: string | null;
  skill: string | null;
  number: string | null;
  outcome: string | null;
  since: string;
};

export type TransferTargets = {
  agents: {
    id: string;
    name: string;
    first_name: string;
    state: string;
    since: string;
    skills: Record<string, number>;
  }[];
  /** `free_in_seconds`: until somebody is, where nobody but oneself is ready; null: nobody knows. */
  teams: { skill: string; ready: number; logged_in: number; free_in_seconds: number | null }[];
};

export type Engagement = {
  reservation: string;
  interaction: string;
  state: EngagementState;
  channel: "call_us" | "ordinary" | "call_me";
  pool: string | null;
  number: string | null;
  display_number: string | null;
  caller: string | null;
  /** They call from a browser, with *Call from this page*. */
  from_page: boolean;
  /** receiving: a colleague passes the customer on, and has them still. */
  role: "handling" | "receiving";
  transfer: Transfer | null;
  reserved_at: string | null;
  deadline: string | null;
  ringing_at: string | null;
  talking_since: string | null;
  wrap_up_until: string | null;
  customer: Customer | null;
  candidates: Customer[];
  page: { url: string; title: string; taken_at: string; hidden_fields: number; version: number } | null;
  why: { rule: string; text: string }[];
  history: HistoryLine[];
  history_total: number;
  note: string;
  disposition_required: boolean;
  /** The pool lets its calls have pictures. */
  video: boolean;
  /** A telephone in the console answers by itself, after a tone. */
  auto_answer: boolean;
  /** The shop has a pool that calls back. */
  may_call_back: boolean;
  /** The one that was promised in this call. */
  callback: Callback | null;
  /** The request behind a call that we make. */
  call_me: CallOut | null;
};

export type CallOut = {
  /** `ringing`: at the customer's; `connecting`: they answered and are being listened to. */
  state: RequestState | "ringing";
  preview_until: string | null;
  requested_at: string;
  promised_at: string;
  promised_until: string | null;
  zone: string;
  tries: number;
  /** Times they answered and nobody was free. */
  abandoned: number;
  last_outcome: string | null;
  customer_ringing_at: string | null;
  customer_answered_at: string | null;
};

export type StateName = "ready" | "not_ready" | "reserved" | "ringing" | "talking" | "wrap_up" | "logged_out";

export type AgentView = {
  version: number;
  server_time: string;
  csrf: string;
  agent: {
    id: string;
    name: string;
    first_name: string;
    station: string;
    skills: Record<string, number>;
    languages: string[];
  };
  state: { name: StateName; since: string; reasons: string[]; pause_after: string[]; pauses: string[] };
  telephone: { reachable: boolean; state: string };
  telephone_system: "up" | "down";
  engagement: Engagement | null;
  /** Those that wait for this agent, the next one first. */
  callbacks: Callback[];
  dispositions: { id: string; name: string }[];
  pause_reasons: { id: string; name: string }[];
  today: { calls: number; average_talk_seconds: number | null; average_wrap_up_seconds: number | null };
  team: { waiting: number; longest_wait_seconds: number | null; ready: number; logged_in: number };
};
