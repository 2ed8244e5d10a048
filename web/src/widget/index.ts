// One script tag on the shop's page: <script src="…/widget.js" data-site="larkmoor" async></script>
// Here is only what a page needs that nobody talks from: the button, and what it says. The rest comes when someone wants to.
import { rememberPasswords } from "../page/remember";
import type { PoolStatus } from "../shared/types";
import { createApi } from "./api";
import type { App, run } from "./app";
import { defineButton } from "./button";
import { chunksFrom } from "./chunks";
import { identityOf, readConfig } from "./config";
import { sheet } from "./dom";
import { knownVisitor, load, type Wish } from "./session";
import { announce, subjectOf } from "./who";

const script = document.currentScript;

function start(tag: HTMLScriptElement): void {
  const passwords = rememberPasswords(document);
  const config = readConfig(tag);
  const api = createApi(config.base);
  const chunks = chunksFrom<{ run: typeof run }>(config.base);
  const shop = sheet(shopStyle(config.accent, config.radius));
  const pools = new Map<string, Promise<PoolStatus | null>>();
  const poolStatus = (pool: string, afresh = false) => {
    const kept = afresh ? undefined : pools.get(pool);
    const known =
      kept ??
      whoToAskFor()
        .then((visitor) => api.pool(config.site, pool, visitor))
        .catch(() => null);
    pools.set(pool, known);
    setTimeout(() => pools.delete(pool), 60_000);
    return known;
  };
  // A number that was typed in this browser is not shown to whoever is signed in now.
  const whoToAskFor = async () => {
    const visitor = knownVisitor();
    return visitor && (await identityOf(config)) ? null : visitor;
  };
  let running: Promise<App> | null = null;
  const app = (): Promise<App> => {
    running ??= chunks.app().then(({ run }) => run({ config, chunks, passwords, poolStatus, shop }));
    // What could not be loaded is loaded again at the next press.
    running.catch(() => {
      running = null;
    });
    return running;
  };
  if (!window.ctiappIdentity) announce(subjectOf(tag.dataset.identity ?? null));
  const press = (wish: Wish, button: HTMLElement) => app().then((there) => there.open(wish, button));
  defineButton({ press, near: () => void chunks.app().catch(() => undefined), poolStatus, shop });
  const resume = () => {
    if (load()) void app().then((there) => there.resume());
  };
  if (document.readyState === "complete") resume();
  else addEventListener("load", resume, { once: true });
}

function shopStyle(accent: string | null, radius: number | null): string {
  const colour = accent
    ? `--shop-accent: ${accent}; --shop-accent-hover: color-mix(in srgb, ${accent} 85%, black); --shop-on-accent: #fff;`
    : "";
  return `:host { ${colour} ${radius === null ? "" : `--shop-radius: ${radius}px;`} }`;
}

if (script instanceof HTMLScriptElement) start(script);
