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
};

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
  known: boolean;
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

export type Engagement = {
  reservation: string;
  interaction: string;
  state: EngagementState;
  channel: "call_us" | "ordinary";
  pool: string | null;
  number: string | null;
  display_number: string | null;
  caller: string | null;
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
  note: string;
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
  state: { name: StateName; since: string; reasons: string[]; pause_after: string[] };
  telephone: { reachable: boolean; state: string };
  telephone_system: "up" | "down";
  engagement: Engagement | null;
  dispositions: { id: string; name: string }[];
  pause_reasons: { id: string; name: string }[];
  today: { calls: number; average_talk_seconds: number | null; average_wrap_up_seconds: number | null };
  team: { waiting: number; longest_wait_seconds: number | null; ready: number; logged_in: number };
};
