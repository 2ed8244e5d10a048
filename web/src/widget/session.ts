// What outlives a click to the shop's next page: the intent, the token of what was asked, and who this browser is.
import type { RequestState } from "../shared/types";
import type { Asking, Change } from "./api";

/** One wish to talk: it keeps its key through double clicks, retries and reloads. */
export type Intent = {
  key: string;
  pool: string;
  skills: string[];
  language: string | null;
  product: string | null;
  share: boolean;
  /** The shop's customer who asked; null: nobody was signed in. */
  who?: string | null;
};

/** What the button says of it. */
export type Wish = Pick<Intent, "pool" | "skills" | "language" | "product">;

export type Kept = {
  intent: Intent;
  asked: boolean;
  interaction: string | null;
  token: string | null;
  collapsed: boolean;
};

export type KeptCallUs = Kept & { channel: "call_us"; number: string | null; holdSeconds: number };

export type KeptCallMe = Kept & {
  channel: "call_me";
  /** What was asked, until it is answered; afterwards no number stays in this browser. */
  asking: Asking | null;
  changes: Change | null;
  /** A code was sent: to which number (masked), of how many digits. */
  proof: { number: string; digits: number } | null;
  link: string | null;
  own: boolean;
  /** The answer was a request that had been made before. */
  came_back: boolean;
  /** The lowest wait that was shown, in seconds: a higher one is said to be longer. */
  least: number | null;
  since: { state: RequestState; at: string } | null;
  /** Other times were offered, and the customer stays in line. */
  stays: boolean;
};

export type Saved = KeptCallUs | KeptCallMe;

const NAME = "ctiapp:call";
const COOKIE = "ctiapp_visitor";

export function load(): Saved | null {
  try {
    const saved = JSON.parse(sessionStorage.getItem(NAME) ?? "null") as Saved | null;
    return saved?.intent?.key ? saved : null;
  } catch {
    return null;
  }
}

export function save(saved: Saved | null): void {
  try {
    if (saved) sessionStorage.setItem(NAME, JSON.stringify(saved));
    else sessionStorage.removeItem(NAME);
  } catch {
    // A browser that keeps nothing still gets its call; only a reload loses it.
  }
}

/** The first-party cookie that lets a returning customer be recognised: 128 random bits, for a year. */
export function visitor(): string | null {
  try {
    const id = knownVisitor() ?? randomId();
    keep(id, 31_536_000);
    return id;
  } catch {
    return null;
  }
}

/** Who came back; a page that is only looked at sets no cookie. */
export function knownVisitor(): string | null {
  try {
    return new RegExp(`(?:^|; )${COOKIE}=([0-9a-f]{32})`).exec(document.cookie)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** The number that is remembered with the cookie is nobody's any more. */
export function forgetVisitor(): void {
  try {
    keep("", 0);
  } catch {
    // There was none.
  }
}

function keep(id: string, seconds: number): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${COOKIE}=${id}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
}

/** Works on plain http too, where crypto.randomUUID does not exist. */
export function newKey(): string {
  const hex = randomId().split("");
  hex[12] = "4";
  hex[16] = "89ab".charAt(Number.parseInt(hex[16] ?? "0", 16) % 4);
  return [8, 12, 16, 20, 32].map((to, at) => hex.slice([0, 8, 12, 16, 20][at], to).join("")).join("-");
}

function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
