// What outlives a click to the shop's next page: the intent, the number's token, and who this browser is.

/** One wish to talk: it keeps its key through double clicks, retries and reloads. */
export type Intent = {
  key: string;
  pool: string;
  skills: string[];
  language: string | null;
  product: string | null;
  share: boolean;
};

export type Saved = {
  intent: Intent;
  asked: boolean;
  interaction: string | null;
  token: string | null;
  number: string | null;
  holdSeconds: number;
  collapsed: boolean;
};

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
    // A browser that keeps nothing still gets its number; only a reload loses it.
  }
}

/** The first-party cookie that lets a returning customer be recognised: 128 random bits, for a year. */
export function visitor(): string | null {
  try {
    const known = new RegExp(`(?:^|; )${COOKIE}=([0-9a-f]{32})`).exec(document.cookie)?.[1];
    const id = known ?? randomId();
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${COOKIE}=${id}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    return id;
  } catch {
    return null;
  }
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
