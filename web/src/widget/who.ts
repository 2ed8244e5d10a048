// Whose tab this is. What one customer asked for is never shown to the next who signs in, nor to whoever comes after
// they signed out; docs/trouble.md.
import { type Config, identityOf } from "./config";

const NEWS = "ctiapp:who";
const CHANGED = "ctiapp:identity";

/** The shop's customer id in its signed word. The server checks the word; here only a change of it matters. */
export function subjectOf(identity: string | null): string | null {
  try {
    const claims = (identity?.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const { sub } = JSON.parse(atob(claims)) as { sub?: unknown };
    return typeof sub === "string" ? sub : null;
  } catch {
    return null;
  }
}

export async function whoNow(config: Config): Promise<string | null> {
  return subjectOf(await identityOf(config));
}

/** Who asked without being signed in may have signed in since. */
export function isTheirs(asker: string | null | undefined, now: string | null): boolean {
  return !asker || asker === now;
}

/** Tells the other tabs of this browser who is signed in here. */
export function announce(who: string | null): void {
  try {
    const news = new BroadcastChannel(NEWS);
    news.postMessage(who);
    news.close();
  } catch {
    // Another tab then learns it at its next page.
  }
}

/** `changed(who)`, whenever a page of this browser or a script of this one says who is signed in. */
export function whenWhoChanges(config: Config, changed: (who: string | null) => void): void {
  document.addEventListener(CHANGED, () => {
    void whoNow(config).then((who) => {
      announce(who);
      changed(who);
    });
  });
  try {
    new BroadcastChannel(NEWS).onmessage = ({ data }) => changed(typeof data === "string" ? data : null);
  } catch {
    // An old browser: at the next page.
  }
}
